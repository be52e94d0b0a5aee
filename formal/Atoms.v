(** * Laws on finitely many atoms, as many as one likes

    Divergences of endpoints are at most those of paths; what test functions tell; what fresh data does to
    innovations.  A path is a pair (j, i): the i-th of the n(j) paths that end in j. *)
From Coq Require Import Reals Lra Psatz Lia.
Require Import Sums InnerProduct.
Open Scope R_scope.

Lemma ln_at_most x : 0 < x -> ln x <= x - 1.
Proof. intros X. pose proof (exp_ineq1_le (ln x)) as E. rewrite exp_ln in E by exact X. lra. Qed.

Lemma ln_quotient x y : 0 < x -> 0 < y -> ln (x / y) = ln x - ln y.
Proof. intros X Y. unfold Rdiv. rewrite ln_mult, ln_Rinv; [ring|exact Y|exact X|now apply Rinv_0_lt_compat]. Qed.

(** ** The log-sum inequality *)
Theorem log_sum n a b : (0 < n)%nat -> (forall i, (i < n)%nat -> 0 < a i) -> (forall i, (i < n)%nat -> 0 < b i) ->
  total n a * ln (total n a / total n b) <= total n (fun i => a i * ln (a i / b i)).
Proof.
  intros Some A B. set (u := total n a). set (v := total n b).
  assert (U : 0 < u) by now apply total_positive. assert (V : 0 < v) by now apply total_positive.
  (* One term: a ln(a/b) >= a ln(u/v) + a - b u/v, which sums to u ln(u/v). *)
  apply Rle_trans with (total n (fun i => (1 + ln (u / v)) * a i + - (u / v) * b i)).
  - rewrite total_plus, !total_scal. fold u v. right. field. lra.
  - apply total_le; intros i L. specialize (A i L); specialize (B i L).
    assert (X : 0 < b i * u / (a i * v)) by (apply Rdiv_lt_0_compat; apply Rmult_lt_0_compat; lra).
    pose proof (ln_at_most _ X) as Log. rewrite !ln_quotient, !ln_mult in * by (try apply Rmult_lt_0_compat; lra).
    apply (Rmult_le_compat_l (a i)) in Log; [|lra].
    replace (a i * (b i * u / (a i * v) - 1)) with (u / v * b i - a i) in Log by (field; lra). lra.
Qed.

(** ** Data processing: divergences of endpoints and of paths *)
Section Paths.
Variables (m : nat) (n : nat -> nat) (learned ideal : nat -> nat -> R).
Hypothesis some : forall j, (j < m)%nat -> (0 < n j)%nat.
Hypothesis learned_positive : forall j i, (j < m)%nat -> (i < n j)%nat -> 0 < learned j i.
Hypothesis ideal_positive : forall j i, (j < m)%nat -> (i < n j)%nat -> 0 < ideal j i.

Definition end_law (law : nat -> nat -> R) j := total (n j) (law j).
Definition kl_paths (a b : nat -> nat -> R) := total m (fun j => total (n j) (fun i => a j i * ln (a j i / b j i))).
Definition kl_ends (a b : nat -> nat -> R) :=
  total m (fun j => end_law a j * ln (end_law a j / end_law b j)).

(** [prop-3.1].  Girsanov's theorem and the start of both laws in q_T give KL(P^ || P* ) = eps^^2/2: the hypothesis. *)
Theorem prop_3_1 energy : kl_paths learned ideal = energy / 2 -> kl_ends learned ideal <= energy / 2.
Proof. intros <-. apply total_le; intros j L. apply log_sum; auto. Qed.

(** [girsanov-forward]: the same with the laws exchanged. *)
Theorem girsanov_forward energy : kl_paths ideal learned = energy / 2 -> kl_ends ideal learned <= energy / 2.
Proof. intros <-. apply total_le; intros j L. apply log_sum; auto. Qed.

(** Functions of paths and of ends, in L^2 of the ideal law; conditioning on the end. *)
Program Definition path_functions : space :=
  {| vector := nat -> nat -> R; plus_v := fun f g j i => f j i + g j i; times := fun c f j i => c * f j i;
     inner := fun f g => total m (fun j => total (n j) (fun i => ideal j i * f j i * g j i)) |}.
Next Obligation. apply total_ext; intros; apply total_ext; intros; ring. Qed.
Next Obligation.
  rewrite <- total_plus. apply total_ext; intros. rewrite <- total_plus. apply total_ext; intros; ring.
Qed.
Next Obligation.
  rewrite <- total_scal. apply total_ext; intros. rewrite <- total_scal. apply total_ext; intros; ring.
Qed.
Next Obligation.
  apply total_nonneg; intros j J. apply total_nonneg; intros i I. pose proof (ideal_positive j i J I).
  rewrite Rmult_assoc. apply Rmult_le_pos; [lra|nra].
Qed.

Lemma end_positive j : (j < m)%nat -> 0 < end_law ideal j.
Proof. intros L. apply total_positive; auto. Qed.

Lemma end_weights j : (j < m)%nat -> 0 <= end_law ideal j.
Proof. intros L. left. now apply end_positive. Qed.

Definition end_functions : space := atoms m (end_law ideal) end_weights.

Definition conditioned (f : path_functions) : end_functions :=
  fun j => total (n j) (fun i => ideal j i * f j i) / end_law ideal j.

Lemma one_end j f : (j < m)%nat ->
  total (n j) (fun i => ideal j i * f i) ^ 2 <= end_law ideal j * total (n j) (fun i => ideal j i * f i * f i).
Proof.
  intros L. assert (W : forall i, (i < n j)%nat -> 0 <= ideal j i) by (intros; left; now apply ideal_positive).
  pose proof (cauchy_schwarz (atoms (n j) (ideal j) W) (fun _ => 1) f) as C. cbn in C.
  rewrite (total_ext _ (fun i => ideal j i * 1 * f i) (fun i => ideal j i * f i)) in C by (intros; ring).
  rewrite (total_ext _ (fun i => ideal j i * 1 * 1) (ideal j)) in C by (intros; ring). exact C.
Qed.

(** The three hypotheses on P of OneGeneration, for these laws: they are not empty. *)
Theorem conditioning_contracts f : inner (conditioned f) (conditioned f) <= inner f f.
Proof.
  cbn. apply total_le; intros j L. pose proof (end_positive j L) as Pos. unfold conditioned.
  set (mean := total (n j) (fun i => ideal j i * f j i)). set (square := total (n j) (fun i => ideal j i * f j i * f j i)).
  pose proof (one_end j (f j) L) as C. fold mean square in C.
  replace (end_law ideal j * (mean / end_law ideal j) * (mean / end_law ideal j)) with (mean ^ 2 / end_law ideal j)
    by (field; lra).
  apply (Rmult_le_reg_l (end_law ideal j)); [exact Pos|].
  replace (end_law ideal j * (mean ^ 2 / end_law ideal j)) with (mean ^ 2) by (field; lra). exact C.
Qed.

Theorem conditioning_adds f g j : (j < m)%nat -> conditioned (f + g)%v j = conditioned f j + conditioned g j.
Proof.
  intros L. pose proof (end_positive j L). unfold conditioned. cbn.
  rewrite (total_ext _ _ (fun i => ideal j i * f j i + ideal j i * g j i)) by (intros; ring).
  rewrite total_plus. field. lra.
Qed.

Theorem conditioning_scales c f j : (j < m)%nat -> conditioned (c * f)%v j = c * conditioned f j.
Proof.
  intros L. pose proof (end_positive j L). unfold conditioned. cbn.
  rewrite (total_ext _ _ (fun i => c * (ideal j i * f j i))) by (intros; ring). rewrite total_scal. field. lra.
Qed.
End Paths.

(** ** What test functions tell *)
Section Tests.
Variables (n : nat) (p q : nat -> R).
Hypothesis some : (0 < n)%nat.
Hypothesis p_positive : forall i, (i < n)%nat -> 0 < p i.
Hypothesis q_positive : forall i, (i < n)%nat -> 0 < q i.
Hypothesis p_law : total n p = 1.
Hypothesis q_law : total n q = 1.

Definition mean (law f : nat -> R) := total n (fun i => law i * f i).
Definition variance (law f : nat -> R) := mean law (fun i => (f i - mean law f) ^ 2).
Definition chi2 := total n (fun i => (p i - q i) ^ 2 / q i).
Definition kl := total n (fun i => p i * ln (p i / q i)).

(** [hcr]: (E_p f - E_q f)^2 <= Var_q f . chi2(p || q), for every f. *)
Theorem hcr f : (mean p f - mean q f) ^ 2 <= variance q f * chi2.
Proof.
  assert (W : forall i, (i < n)%nat -> 0 <= q i) by (intros; left; auto).
  pose proof (cauchy_schwarz (atoms n q W) (fun i => f i - mean q f) (fun i => p i / q i - 1)) as C. cbn in C.
  replace (mean p f - mean q f) with (total n (fun i => q i * (f i - mean q f) * (p i / q i - 1))).
  - unfold variance, chi2.
    change (mean q (fun i => (f i - mean q f) ^ 2)) with (total n (fun i => q i * (f i - mean q f) ^ 2)).
    rewrite (total_ext n (fun i => q i * (f i - mean q f) ^ 2) (fun i => q i * (f i - mean q f) * (f i - mean q f)))
      by (intros; ring).
    rewrite (total_ext n (fun i => (p i - q i) ^ 2 / q i) (fun i => q i * (p i / q i - 1) * (p i / q i - 1)));
      [exact C|].
    intros i L. specialize (q_positive i L). field. lra.
  - rewrite (total_ext n _ (fun i => (p i * f i + - (1) * (q i * f i)) + (- mean q f * p i + mean q f * q i))).
    + rewrite !total_plus, !total_scal, p_law, q_law. unfold mean. ring.
    + intros i L. specialize (q_positive i L). field. lra.
Qed.

(** [dv]: Donsker and Varadhan. *)
Theorem dv f : mean p f - ln (mean q (fun i => exp (f i))) <= kl.
Proof.
  assert (B : forall i, (i < n)%nat -> 0 < q i * exp (f i)).
  { intros i L. apply Rmult_lt_0_compat; [auto|apply exp_pos]. }
  pose proof (log_sum n p (fun i => q i * exp (f i)) some p_positive B) as L. rewrite p_law in L.
  assert (Z : 0 < total n (fun i => q i * exp (f i))) by now apply total_positive.
  rewrite ln_quotient, ln_1 in L by lra. unfold kl, mean.
  rewrite (total_ext n (fun i => p i * ln (p i / (q i * exp (f i))))
    (fun i => p i * ln (p i / q i) + - (1) * (p i * f i))) in L.
  - rewrite total_plus, total_scal in L. lra.
  - intros i I. specialize (p_positive i I); specialize (q_positive i I). pose proof (exp_pos (f i)).
    rewrite !ln_quotient, ln_mult, ln_exp by (try apply Rmult_lt_0_compat; lra). ring.
Qed.

(** KL is never negative: the constant test function. *)
Corollary kl_nonneg : 0 <= kl.
Proof.
  pose proof (dv (fun _ => 0)) as B. unfold mean in B.
  rewrite (total_ext n (fun i => p i * 0) (fun _ => 0)), (total_ext n (fun i => q i * exp 0) q), q_law, ln_1,
    total_zero in B; [lra| |]; intros; rewrite ?exp_0; ring.
Qed.
End Tests.

(** ** What fresh data does to innovations

    [model] is the next model, [training] = alpha p + (1 - alpha) old the law that it was trained on. *)
Section Fresh.
Variables (n : nat) (data old model : nat -> R) (alpha : R).
Hypothesis data_positive : forall i, (i < n)%nat -> 0 < data i.
Hypothesis old_nonneg : forall i, (i < n)%nat -> 0 <= old i.
Hypothesis fresh : 0 < alpha <= 1.

Definition training i := alpha * data i + (1 - alpha) * old i.
Definition innovation_energy := total n (fun i => (model i - training i) ^ 2 / data i).
Definition intra := total n (fun i => (model i - training i) ^ 2 / training i).

Lemma training_positive i : (i < n)%nat -> 0 < training i.
Proof.
  intros L. specialize (data_positive i L); specialize (old_nonneg i L). unfold training.
  assert (0 <= (1 - alpha) * old i) by (apply Rmult_le_pos; lra). nra.
Qed.

(** [innovation]: J >= alpha I, since training >= alpha data. *)
Theorem innovation : innovation_energy >= alpha * intra.
Proof.
  apply Rle_ge. unfold intra, innovation_energy. rewrite <- total_scal. apply total_le; intros i L.
  pose proof (training_positive i L) as T. specialize (data_positive i L). specialize (old_nonneg i L).
  assert (Most : alpha / training i <= / data i).
  { apply (Rmult_le_reg_l (training i * data i)); [now apply Rmult_lt_0_compat|].
    replace (training i * data i * (alpha / training i)) with (alpha * data i) by (field; lra).
    replace (training i * data i * / data i) with (training i) by (field; lra). unfold training.
    assert (0 <= (1 - alpha) * old i) by (apply Rmult_le_pos; lra). lra. }
  apply (Rmult_le_compat_l ((model i - training i) ^ 2)) in Most; [|apply pow2_ge_0]. unfold Rdiv in *. lra.
Qed.

(** [discounted], its second half: J <= sup(q/p) I. *)
Theorem innovation_above most : (forall i, (i < n)%nat -> training i <= most * data i) ->
  innovation_energy <= most * intra.
Proof.
  intros Most. unfold intra, innovation_energy. rewrite <- total_scal. apply total_le; intros i L.
  pose proof (training_positive i L) as T. specialize (Most i L). specialize (data_positive i L).
  assert (Least : / data i <= most / training i).
  { apply (Rmult_le_reg_l (training i * data i)); [now apply Rmult_lt_0_compat|].
    replace (training i * data i * (most / training i)) with (most * data i) by (field; lra).
    replace (training i * data i * / data i) with (training i) by (field; lra). exact Most. }
  apply (Rmult_le_compat_l ((model i - training i) ^ 2)) in Least; [|apply pow2_ge_0]. unfold Rdiv in *. lra.
Qed.
End Fresh.
