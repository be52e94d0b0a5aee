(** * Numbers of the program, enclosed by Coq

    One instance: v = 2.5, t0 = 0.1, T = 2, b = 0.7.  The program's numbers stand here as it prints them
    (tests/test_formal.py compares them with the program); Coq's interval arithmetic shows that each is within 1e-14. *)
From Coq Require Import Reals.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
Open Scope R_scope.

Notation stopped := (exp (- 0.1) * 2.5 + 1 - exp (- 0.1)).
Notation displacement :=
  (RInt (fun t => 0.7 * (exp (- (t - 0.1) / 2) * stopped / (exp (- t) * 2.5 + 1 - exp (- t)))) 0.1 2).

Theorem displacement_of_the_mean : Rabs (displacement - 1.2411598681746911) <= 1e-14.
Proof. integral with (i_prec 80, i_degree 15, i_fuel 200). Qed.

Lemma displacement_is : 1.24115986817469 <= displacement <= 1.24115986817470.
Proof. integral with (i_prec 80, i_degree 15, i_fuel 200). Qed.

Theorem kl_of_the_endpoint : Rabs (displacement ^ 2 / (2 * stopped) - 0.32675232035406365) <= 1e-14.
Proof. pose proof displacement_is as D. set (d := displacement) in *. interval with (i_prec 80). Qed.

(** ... and it is below half the energy, 0.49 * 1.9/2, as [prop-3.1] says, with room. *)
Theorem kl_below_half_energy : displacement ^ 2 / (2 * stopped) < 0.49 * 1.9 / 2.
Proof. pose proof displacement_is as D. set (d := displacement) in *. interval with (i_prec 80). Qed.
