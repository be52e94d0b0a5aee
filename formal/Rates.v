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
