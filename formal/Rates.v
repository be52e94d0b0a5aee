(** * Rates: when an amplifying channel keeps a finite variance, how fast refitted Gaussians narrow, when to stop *)
From Coq Require Import Reals Lra Psatz Lia.
From Coquelicot Require Import Coquelicot.
Require Import Sums InnerProduct Retraining LongRun Beyond.
Open Scope R_scope.

(** ** [heavy-tails]: the variance of the models

    v n is the variance of model n along an eigenvector of the channel with eigenvalue F, V that of the data, H that of the
    noise, a the fresh fraction. *)
Section HeavyTails.
Variables (a F V H : R) (v : nat -> R).
Hypothesis step : forall n, v (S n) = F ^ 2 * (a * V + (1 - a) * v n) + H.

Definition factor := (1 - a) * F ^ 2.
Definition settled := (a * F ^ 2 * V + H) / (1 - factor).

Theorem variance_solved n : factor <> 1 -> v n = settled + factor ^ n * (v 0%nat - settled).
Proof.
  intros G. assert (Fixed : settled * (1 - factor) = a * F ^ 2 * V + H) by (unfold settled; field; lra).
  induction n as [|n IH]; [cbn; ring|].
  assert (Next : v (S n) = factor * v n + (a * F ^ 2 * V + H)) by (rewrite step; unfold factor; ring).
  rewrite Next, IH, <- Fixed, <- tech_pow_Rmult. ring.
Qed.

(** Above the critical fraction it settles ... *)
Theorem variance_settles : 0 <= factor < 1 -> is_lim_seq v settled.
Proof.
  intros G. unfold settled. apply (linear_recursion factor _ _ (fun _ => a * F ^ 2 * V + H)); [exact G| |].
  - intros n. rewrite step. unfold factor. ring.
  - apply is_lim_seq_const.
Qed.

(** ... at it and below it grows without bound. *)
Theorem variance_grows n : 1 <= factor -> 0 <= v 0%nat -> 0 <= a * F ^ 2 * V + H ->
  v 0%nat + INR n * (a * F ^ 2 * V + H) <= v n.
Proof.
  intros G Start Source.
  assert (Both : 0 <= v n /\ v 0%nat + INR n * (a * F ^ 2 * V + H) <= v n); [|apply Both].
  induction n as [|n [Pos IH]]; [cbn; split; lra|].
  assert (Next : v (S n) = factor * v n + (a * F ^ 2 * V + H)) by (rewrite step; unfold factor; ring).
  rewrite Next, S_INR. assert (v n <= factor * v n) by nra. split; lra.
Qed.

Theorem critical_fraction : F <> 0 -> (factor < 1 <-> 1 - / F ^ 2 < a).
Proof.
  intros Z. assert (Square : 0 < F ^ 2) by (apply pow2_gt_0; exact Z).
  assert (Inverse : / F ^ 2 * F ^ 2 = 1) by (field; exact Z).
  unfold factor. split; intros L; nra.
Qed.
End HeavyTails.

(** ** [collapse-rate]: one factor of the determinant

    psi is digamma at m/2 less the logarithm there; its bounds are hypotheses.  A factor is chi-squared with m = n - j
    degrees of freedom, over n. *)
Lemma ln_below x : 0 < x -> ln x <= x - 1.
Proof. intros X. pose proof (exp_ineq1_le (ln x)) as E. rewrite exp_ln in E by exact X. lra. Qed.

Theorem collapse_at_least psi m j : 0 < m -> 0 <= j -> psi <= - / m ->
  / m + j / (m + j) <= - (psi + ln (m / (m + j))).
Proof.
  intros M J P. pose proof (ln_below (m / (m + j)) ltac:(apply Rdiv_lt_0_compat; lra)) as L.
  replace (m / (m + j) - 1) with (- (j / (m + j))) in L by (field; lra). lra.
Qed.

Theorem collapse_at_most psi m j : 0 < m -> 0 <= j -> - / m - / (3 * m ^ 2) <= psi ->
  - (psi + ln (m / (m + j))) <= (1 + j) / m + / (3 * m ^ 2).
Proof.
  intros M J P. assert (T : ln (m / (m + j)) = - ln ((m + j) / m)).
  { rewrite <- ln_Rinv by (apply Rdiv_lt_0_compat; lra). f_equal. field. lra. }
  pose proof (ln_below ((m + j) / m) ltac:(apply Rdiv_lt_0_compat; lra)) as L.
  replace ((m + j) / m - 1) with (j / m) in L by (field; lra).
  replace ((1 + j) / m) with (/ m + j / m) by (field; lra). rewrite T. lra.
Qed.

(** ** [stopping]: bias against score error

    With u the stop over the formula's, the leading sum is a multiple of k u^2 + 2 u^-k, k the exponent; u = exp l. *)
Theorem stopping_least k l : 0 <= k -> k + 2 <= k * exp (2 * l) + 2 * exp (- k * l).
Proof.
  intros K. pose proof (exp_ineq1_le (2 * l)) as Grows. pose proof (exp_ineq1_le (- k * l)) as Falls.
  apply (Rmult_le_compat_l k) in Grows; [|exact K]. nra.
Qed.

(** At the formula's stop t, where 2 B t^2 = k o s t^-k with o = a/(2 - a), the two slopes of the leading sum cancel; e is
    s t^-k. *)
Theorem stopping_stationary B t k a e : 0 < t -> 0 < a < 2 -> 2 * B * t ^ 2 = k * (a / (2 - a)) * e ->
  2 * B * t / a ^ 2 - k * e / t / (a * (2 - a)) = 0.
Proof.
  intros T A Equation. assert (Pos : 0 < t * a ^ 2) by (apply Rmult_lt_0_compat; [exact T|apply pow_lt; lra]).
  apply (Rmult_eq_reg_r (t * a ^ 2)); [|lra].
  replace ((2 * B * t / a ^ 2 - k * e / t / (a * (2 - a))) * (t * a ^ 2)) with (2 * B * t ^ 2 - k * (a / (2 - a)) * e)
    by (field; lra).
  rewrite Equation. ring.
Qed.
