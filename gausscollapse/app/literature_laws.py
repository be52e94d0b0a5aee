"""The known laws of the literature desk, and what is out of its scope.

Papers are cited by their numbers on arXiv. A number of a paper is one of its abstract or of a statement that was
derived again for Gaussians; the theorem named beside it has the proof.
"""

from __future__ import annotations

import math

from gausscollapse.app.literature import KnownLaw, OutOfScope, Paper, Printed, Relation

SHUMAILOV = Paper(
    "Shumailov et al.", 2023, "The curse of recursion: training on generated data makes models forget", "2305.17493"
)
ALEMOHAMMAD = Paper("Alemohammad et al.", 2023, "Self-consuming generative models go MAD", "2307.01850")
BERTRAND = Paper(
    "Bertrand et al.", 2023, "On the stability of iterative retraining of generative models on their own data",
    "2310.00429",
)  # fmt: skip
DOHMATOB = Paper("Dohmatob et al.", 2024, "Model collapse demystified: the case of regression", "2402.07712")
GERSTGRASSER = Paper(
    "Gerstgrasser et al.", 2024,
    "Is model collapse inevitable? Breaking the curse of recursion by accumulating real and synthetic data",
    "2404.01413",
)  # fmt: skip
KAZDAN = Paper(
    "Kazdan et al.", 2024, "Collapse or thrive? Perils and promises of synthetic data in a self-generating world",
    "2410.16713",
)  # fmt: skip
DEY = Paper("Dey, Donoho", 2024, "Universality of the pi^2/6 pathway in avoiding model collapse", "2410.22812")
SURESH = Paper("Suresh et al.", 2024, "Rate of model collapse in recursive training", "2412.17646")
HE = Paper("He et al.", 2025, "Golden ratio weighting prevents model collapse", "2502.18049")
BORKAR = Paper("Borkar", 2025, "A theoretical basis for model collapse in recursive training", "2506.09401")

LAWS: tuple[KnownLaw, ...] = (
    KnownLaw(
        id="variance-dies",
        title="Without fresh data the variance of a refitted Gaussian dies",
        papers=(SHUMAILOV,),
        statement=r"Each generation fits a Gaussian to $n$ samples of the last one, $\alpha = 0$: $\sigma_N^2 "
        r"\to 0$ almost surely. Here also how fast: $\frac1N\log\sigma_N^2 \to \psi(\frac{n-1}2) + "
        r"\log\frac2n$, for $n = 10$.",
        remark=r"The paper has no rate. Its estimate of the variance is unbiased, so that $\mathbb E\sigma_N^2$ "
        r"stays, and yet $\sigma_N^2 \to 0$: the rate is then $\psi(\frac{n-1}2) - \log\frac{n-1}2$, the third "
        r"number.",
        theorem="collapse-rate",
        function="collapse_rate",
        code="""\
import gausscollapse as gc
import math

fit, law = gc.GaussianLearner().fit, gc.Gaussian(0, 1)
for i in range(100):
    law = fit(law.sample(10, i), gc.OrnsteinUhlenbeck()).law
print(math.log(law.cov[0, 0]) / 100)
print(gc.retraining.collapse_rate(10))
print(gc.retraining.collapse_rate(10, unbiased=True))""",
        printed=(
            Printed("log variance after 100 generations, over 100", "to 0: below 0", 0.0, Relation.BELOW),
            Printed("its limit", "below 0", 0.0, Relation.BELOW),
            Printed("the same, variance unbiased", "below 0", 0.0, Relation.BELOW),
        ),
        command="gausscollapse sweep gaussian-mle --quick --out results",
    ),
    KnownLaw(
        id="mean-walks",
        title="Without fresh data the mean walks away at random",
        papers=(SHUMAILOV,),
        statement=r"Each generation fits to $M$ samples of the last one, the variance without bias. A sample of "
        r"generation $N$ has the variance $\sigma^2(1 + N/M)$. Here: errors of the mean have the energy $J = "
        r"1/M$, are orthogonal, and squares add up: $D_N = N J$; for $M = 100$, $N = 50$.",
        remark="Of small errors chi-squared is the squared offset of the mean over the variance.",
        theorem="incoherent",
        function="incoherent_sum",
        code="""\
import gausscollapse as gc
import numpy as np

walk = gc.retraining.incoherent_sum(np.full(50, 1 / 100), 0)
print(1 + walk[-1])""",
        printed=(Printed("variance of a sample of generation 50", "1 + N/M = 1.5", 1.5),),
    ),
    KnownLaw(
        id="linear",
        title="Replaced data: the error grows in proportion to the number of generations",
        papers=(DOHMATOB, GERSTGRASSER),
        statement=r"Regression on the labels of the last model: the test error grows linearly. Here: orthogonal "
        r"innovations and $\alpha = 0$ give $D_N = N J$; for $N = 10$ and $40$.",
        remark=r"Where errors agree it is $N^2 J$, the third number: a bias is worse than noise.",
        theorem="incoherent",
        function="incoherent_sum",
        code="""\
import gausscollapse as gc
import numpy as np

drift = gc.retraining.incoherent_sum(np.ones(40), 0)
print(drift[10])
print(drift[40])
print(gc.retraining.coherent_bound(np.ones(40), 0)[40])""",
        printed=(
            Printed("drift of model 10 over J", "N = 10", 10.0),
            Printed("drift of model 40 over J", "N = 40", 40.0),
            Printed("the same, errors that agree", "not treated; N^2 = 1600", 1600.0),
        ),
        command="gausscollapse plot regimes",
    ),
    KnownLaw(
        id="three-loops",
        title="Three loops: synthetic only, a fixed real set, fresh data",
        papers=(ALEMOHAMMAD,),
        statement=r"Without enough fresh real data in each generation quality or diversity falls; with it, it "
        r"does not. Here, for orthogonal innovations of energy $J$ and 200 generations: synthetic only $N J$; "
        r"half of a training set real and drawn anew $J/(\alpha(2-\alpha))$; half of it the same real set for "
        r"ever, whose own error $J$ stays, $J + J/(\alpha(2-\alpha))$.",
        remark="In this setting a fixed set of a constant share does bound the drift, at a higher level than fresh "
        "data. The paper's networks degrade with a fixed set; it has no number.",
        theorem="memory",
        function="incoherent_sum",
        code="""\
import gausscollapse as gc
import numpy as np

J, sums = np.ones(200), gc.retraining.incoherent_sum
print(sums(J, 0)[-1])
print(sums(J, 0.5, initial=1, workflow="fixed-set")[-1])
print(sums(J, 0.5)[-1])""",
        printed=(
            Printed("synthetic only", "without bound: N = 200", 200.0),
            Printed("a fixed real set", "worse than fresh data: 1 + 4/3", 7.0 / 3.0),
            Printed("fresh data", "bounded: 1/(a (2 - a)) = 4/3", 4.0 / 3.0),
        ),
        command="gausscollapse simulate fresh-data-saves --figure loops.png",
    ),
    KnownLaw(
        id="sampling-bias",
        title="Samples biased towards quality lose diversity",
        papers=(ALEMOHAMMAD,),
        statement=r"Each generation's samples have their variance cut to the share $\lambda$. Synthetic only: "
        r"$\sigma_N^2 = \lambda^N$. With fresh data it stays at $\lambda\alpha/(1-\lambda(1-\alpha))$; for "
        r"$\lambda = 0.8$, $N = 10$ and $\alpha = \frac12$.",
        remark="The paper's bias is a setting of a sampler; on a Gaussian, a channel that shrinks.",
        theorem="",
        function="sampling_temperature",
        code="""\
import gausscollapse as gc

data = gc.Gaussian(0, 1)
cut = gc.retraining.sampling_temperature(0.8, data.mean)
for fresh, count in ((0.0, 10), (0.5, 60)):
    run = gc.retrain(data, fresh=fresh, step=cut, generations=count)
    print(run.covs[-1, 0, 0])""",
        printed=(
            Printed("variance, synthetic only", "to 0: 0.8^10", 0.8**10),
            Printed("variance, half fresh", "stays: 2/3", 2.0 / 3.0),
        ),
    ),
    KnownLaw(
        id="accumulate",
        title="Accumulated data: the error stays below pi^2/6",
        papers=(GERSTGRASSER, KAZDAN),
        statement=r"All models and the data are kept. Orthogonal innovations: $D_N = J\sum_{j\le N} j^{-2} < "
        r"\frac{\pi^2}6 J$; replaced, $N J$; for $N = 200$.",
        remark="A training set of one size that is drawn from the pile (Kazdan et al.) has the same law: the "
        "same number.",
        theorem="accumulate",
        function="incoherent_sum",
        code="""\
import gausscollapse as gc
import numpy as np

J, sums = np.ones(200), gc.retraining.incoherent_sum
print(sums(J, 0, workflow="accumulate")[-1])
print(sums(J, 0)[-1])""",
        printed=(
            Printed("kept", "below pi^2/6 = 1.644934", math.pi**2 / 6.0, Relation.BELOW),
            Printed("replaced", "N = 200", 200.0),
        ),
        command="gausscollapse plot accumulate",
    ),
    KnownLaw(
        id="universality",
        title="The efficiency of keeping everything is at least 6/pi^2",
        papers=(DEY,),
        statement=r"For exponential families and estimates with a Gaussian limit, keeping everything costs a "
        r"factor of at most $\frac{\pi^2}6$ of variance: an efficiency of $J/D_N \ge 6/\pi^2$.",
        remark=r"Their errors are orthogonal. Errors that agree, a bias, leave the class: $D_N = H_N^2 J$ with the "
        r"harmonic number $H_N$, which grows like $\log^2 N$.",
        theorem="accumulate",
        function="coherent_bound",
        code="""\
import gausscollapse as gc
import numpy as np

J, kept = np.ones(200), {"workflow": "accumulate"}
print(1 / gc.retraining.incoherent_sum(J, 0, **kept)[-1])
print(gc.retraining.coherent_bound(J, 0, **kept)[-1])""",
        printed=(
            Printed("efficiency of model 200", "at least 6/pi^2 = 0.607927", 6.0 / math.pi**2, Relation.ABOVE),
            Printed(
                "drift over J of errors that agree",
                "not treated; H_N^2 = 34.5512",
                sum(1.0 / j for j in range(1, 201)) ** 2,
            ),
        ),
    ),
    KnownLaw(
        id="rate",
        title="A refitted Gaussian forgets its scale in about n generations",
        papers=(SURESH,),
        statement=r"Maximum likelihood, $n$ samples: $\Pr(\sigma_N > \epsilon) \le \frac{\sigma_0}\epsilon "
        r"e^{-N/4n}$, and the standard deviation is gone after about $n$ generations. Here, exactly and almost "
        r"surely: $\frac1N\log\sigma_N \to \frac12\bigl(\psi(\frac{n-1}2) + \log\frac2n\bigr)$; for $n = 50$.",
        remark=r"The bound allows $-1/(4n)$ a generation, the truth is about $-1/n$.",
        theorem="collapse-rate",
        function="collapse_rate",
        code="""\
import gausscollapse as gc

rate = gc.retraining.collapse_rate(50) / 2
print(rate)
print(-1 / rate)""",
        printed=(
            Printed("log standard deviation a generation", "at most -1/(4n) = -0.005", -0.005, Relation.BELOW),
            Printed("generations to 1/e", "about n = 50", 50.0, tolerance=0.05),
        ),
    ),
    KnownLaw(
        id="stability",
        title="With enough fresh data retraining is stable",
        papers=(BERTRAND,),
        statement=r"Training on $\lambda$ synthetic for one real sample is stable near the data if $\lambda(1 + "
        r"L\epsilon/\alpha) < \frac12$ (their $\alpha$ and $L$: curvature of the likelihood and its Lipschitz "
        r"constant; $\epsilon$: error of the best model). That is sufficient; for $\epsilon = 0$ it asks for a "
        r"fresh fraction $\frac1{1+\lambda} > \frac23$. On Gaussians an error is multiplied by exactly $1 - "
        r"\alpha = \frac\lambda{1+\lambda}$ in every generation, so that every fresh fraction above 0 will do; "
        r"at $\lambda = 1$, where the condition does not hold, by $\frac12$.",
        remark="The condition is local and for any likelihood; the exact factor is that of densities, in any norm.",
        theorem="refresh",
        function="retrain",
        code="""\
import gausscollapse as gc

off, data = gc.Gaussian(0.5, 1), gc.Gaussian(0, 1)
copy = gc.retraining.perfect(1)
run = gc.retrain(data, start=off, fresh=0.5, step=copy, generations=2)
print((run.accumulated[2] / run.accumulated[1]) ** 0.5)""",
        printed=(
            Printed(
                "factor of a generation, half fresh", "no word below 2/3 fresh; 1 - a = 0.5", 0.5, tolerance=1e-9
            ),
        ),
    ),
    KnownLaw(
        id="two-behaviours",
        title="Any fresh data, however little, changes the limit",
        papers=(BORKAR,),
        statement=r"Without an external source recursive training collapses; with one, howsoever minor, it "
        r"does not, and has another limit. Here, for orthogonal innovations: a fresh fraction of 0.01 holds "
        r"the drift at $J/(\alpha(2-\alpha))$, without any it grows like $N J$; for $N = 2000$.",
        remark=r"Not collapsing is no good news by itself: the level is 50 times the error of one generation.",
        theorem="range",
        function="incoherent_sum",
        code="""\
import gausscollapse as gc
import numpy as np

J = np.ones(2000)
print(gc.retraining.incoherent_sum(J, 0.01)[-1])
print(gc.retraining.incoherent_sum(J, 0)[-1])""",
        printed=(
            Printed("drift over J, 0.01 fresh", "a limit: 1/(a (2 - a)) = 50.2513", 1.0 / (0.01 * 1.99)),
            Printed("drift over J, none fresh", "collapse: N = 2000", 2000.0),
        ),
        command="gausscollapse plan 0.01 --generations 100",
    ),
    KnownLaw(
        id="golden-ratio",
        title="Fresh data is worth a weight of 0.618",
        papers=(HE,),
        statement=r"As many real as synthetic samples a generation, the real ones with the weight $w$: the "
        r"best $w$ tends to the reciprocal of the golden ratio. Here: a generation forgets $1 - w$ and errs by "
        r"$J = w^2 + (1-w)^2$ over the variance of one sample mean, so $D_\infty = \frac{w^2 + "
        r"(1-w)^2}{w(2-w)}$, least where $w^2 + w = 1$.",
        remark=r"At the best weight $D_\infty$ is the same number again: 0.618 of the error of one generation of "
        r"fresh data.",
        theorem="incoherent",
        function="incoherent_sum",
        code="""\
import gausscollapse as gc
import numpy as np

w = np.linspace(0.5, 0.75, 251)
sums = gc.retraining.incoherent_sum
D = [sums(np.full(40, v**2 + (1 - v) ** 2), v)[-1] for v in w]
print(w[np.argmin(D)])
print(min(D))""",
        printed=(
            Printed("best weight", "(sqrt 5 - 1)/2 = 0.618034", (math.sqrt(5.0) - 1.0) / 2.0, tolerance=1e-3),
            Printed("drift there", "not stated; 0.618034", (math.sqrt(5.0) - 1.0) / 2.0, tolerance=1e-5),
        ),
    ),
)

BEYOND: tuple[OutOfScope, ...] = (
    OutOfScope(
        subject="Language models, and words that are forgotten",
        reason="A law on a finite vocabulary has no density: chi-squared of a model that lost a word is "
        "finite, and its support shrinks for ever, which no Gaussian does. The time until a word is lost "
        "(about linear in how often it occurred) and how much synthetic text is safe need counts, not "
        "moments. What carries over is the filter: it needs a vector space of measures, and so holds in total "
        "variation.",
        papers=(
            SURESH,
            Paper(
                "Seddik et al.",
                2024,
                "How bad is training on synthetic data? A statistical analysis of language model collapse",
                "2404.05090",
            ),
        ),
    ),
    OutOfScope(
        subject="Samples that are verified, filtered or chosen by people",
        reason="Selection multiplies a density by a function of the sample and divides by a constant that "
        "depends on the model: the step is no affine channel, the recursion not linear, and the limit need "
        "not be the data.",
        papers=(
            Paper(
                "Feng et al.",
                2024,
                "Beyond model collapse: scaling up with synthesized data requires verification",
                "2406.07515",
            ),
            Paper(
                "Ferbach et al.",
                2024,
                "Self-consuming generative models with curated data provably optimize human preferences",
                "2407.09499",
            ),
        ),
    ),
    OutOfScope(
        subject="Regression in high dimension",
        reason="Test error of ridge regression depends on the spectrum of the features and on its penalty. Its "
        "growth with the generations is here (law `linear`); scaling laws and the over-parametrised regime "
        "are not.",
        papers=(DOHMATOB,),
    ),
    OutOfScope(
        subject="Networks",
        reason="That a network's quality or diversity falls is measured, not derived. Sweeps train small "
        "networks on images and measure energies, correlation of innovations and drift; other scores, such as "
        "precision and recall, are not computed.",
        papers=(ALEMOHAMMAD, GERSTGRASSER),
    ),
)
