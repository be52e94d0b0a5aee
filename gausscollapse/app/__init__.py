"""The command line, tables, pages and figures: heavy front-end libraries stay here."""
