(** * One generation in relative entropy and in the Hellinger distance, on any number of atoms

    [new] is the next model, [trained] = alpha p + (1 - alpha) old the law that it was trained on, p the data. *)
From Coq Require Import Reals Lra Psatz Lia.
Require Import Sums InnerProduct Atoms.
Open Scope R_scope.

Section Step.
Variables (n : nat) (p trained new : nat -> R).
Hypothesis some : (0 < n)%nat.
Hypothesis p_positive : forall i, (i < n)%nat -> 0 < p i.
Hypothesis trained_positive : forall i, (i < n)%nat -> 0 < trained i.
Hypothesis new_positive : forall i, (i < n)%nat -> 0 < new i.
Hypothesis new_law : total n new = 1.

(** Renyi's divergence of order v = 1 + u of the training law; (q/p)^u is a power of exponent u. *)
Definition renyi u := ln (total n (fun i => trained i * Rpower (trained i / p i) u)) / u.

(** [kl-step]: the test function u log(q/p) of Donsker and Varadhan.  With v = 1 + u, v/(v - 1) = 1 + 1/u. *)
Theorem kl_step u : 0 < u -> kl n new p <= (1 + / u) * kl n new trained + renyi u.
Proof.
  intros U. pose proof (dv n new trained some new_positive trained_positive new_law
    (fun i => u * ln (trained i / p i))) as B.
  assert (Mean : mean n new (fun i => u * ln (trained i / p i)) = u * (kl n new p - kl n new trained)).
  { unfold mean, kl. replace (total n (fun i => new i * ln (new i / p i)) - total n (fun i => new i * ln (new i / trained i)))
      with (total n (fun i => new i * ln (new i / p i) + - (1) * (new i * ln (new i / trained i))))
      by (rewrite total_plus, total_scal; ring).
    rewrite <- total_scal. apply total_ext; intros i L.
    specialize (p_positive i L); specialize (trained_positive i L); specialize (new_positive i L).
    rewrite !ln_quotient by assumption. ring. }
  rewrite Mean in B. unfold renyi.
  rewrite (total_ext n (fun i => trained i * Rpower (trained i / p i) u)
    (fun i => trained i * exp (u * ln (trained i / p i)))) by (intros; reflexivity).
  fold (mean n trained (fun i => exp (u * ln (trained i / p i)))).
  set (z := ln (mean n trained (fun i => exp (u * ln (trained i / p i))))) in *.
  apply (Rmult_le_reg_l u); [exact U|].
  replace (u * ((1 + / u) * kl n new trained + z / u)) with (u * kl n new trained + kl n new trained + z) by (field; lra).
  lra.
Qed.

(** The law proportional to q (q/p)^u attains it. *)
Theorem kl_step_attained u z : 0 < u -> 0 < z -> z = total n (fun i => trained i * Rpower (trained i / p i) u) ->
  (forall i, (i < n)%nat -> new i = trained i * Rpower (trained i / p i) u / z) ->
  kl n new p = (1 + / u) * kl n new trained + renyi u.
Proof.
  intros U Z Norm Law. unfold renyi. rewrite <- Norm.
  assert (Log : forall i, (i < n)%nat -> ln (new i / trained i) = u * ln (trained i / p i) - ln z).
  { intros i L. specialize (p_positive i L); specialize (trained_positive i L). rewrite Law by exact L.
    unfold Rpower. pose proof (exp_pos (u * ln (trained i / p i))).
    replace (trained i * exp (u * ln (trained i / p i)) / z / trained i) with (exp (u * ln (trained i / p i)) / z)
      by (field; lra).
    rewrite (ln_quotient (exp _) z), ln_exp by assumption. ring. }
  assert (Sum : kl n new trained = u * (kl n new p - kl n new trained) - ln z).
  { unfold kl at 1. rewrite (total_ext n _ (fun i => u * (new i * ln (new i / p i) + - (1) * (new i * ln (new i / trained i)))
      + - ln z * new i)).
    - rewrite total_plus, !total_scal, total_plus, total_scal, new_law. unfold kl. ring.
    - intros i L. rewrite Log at 1 by exact L.
      specialize (p_positive i L); specialize (trained_positive i L); specialize (new_positive i L).
      rewrite !ln_quotient by assumption. ring. }
  apply (Rmult_eq_reg_l u); [|lra].
  replace (u * ((1 + / u) * kl n new trained + ln z / u)) with (u * kl n new trained + kl n new trained + ln z)
    by (field; lra). lra.
Qed.
End Step.

(** ** What fresh data do *)
Lemma ln_le_of x y : 0 < x -> x <= y -> ln x <= ln y.
Proof. intros X L. destruct (Req_dec x y) as [->|N]; [lra|]. left. apply ln_increasing; lra. Qed.

Section Refresh.
Variables (n : nat) (p old : nat -> R) (alpha : R).
Hypothesis some : (0 < n)%nat.
Hypothesis p_positive : forall i, (i < n)%nat -> 0 < p i.
Hypothesis old_positive : forall i, (i < n)%nat -> 0 < old i.
Hypothesis p_law : total n p = 1.
Hypothesis fresh : 0 < alpha < 1.

Definition mixed i := alpha * p i + (1 - alpha) * old i.

Lemma mixed_positive i : (i < n)%nat -> 0 < mixed i.
Proof. intros L. specialize (p_positive i L); specialize (old_positive i L). unfold mixed. nra. Qed.

(** KL(q || p) <= (1 - alpha) KL(old || p): log-sum with two terms. *)
Theorem kl_forward : kl n mixed p <= (1 - alpha) * kl n old p.
Proof.
  unfold kl. rewrite <- total_scal. apply total_le; intros i L.
  pose proof (mixed_positive i L) as M. specialize (p_positive i L); specialize (old_positive i L).
  pose proof (log_sum 2 (fun j => match j with O => alpha * p i | _ => (1 - alpha) * old i end)
    (fun j => match j with O => alpha * p i | _ => (1 - alpha) * p i end) ltac:(lia)) as T.
  cbn in T. replace (0 + alpha * p i + (1 - alpha) * old i) with (mixed i) in T by (unfold mixed; ring).
  replace (0 + alpha * p i + (1 - alpha) * p i) with (p i) in T by ring.
  replace (alpha * p i / (alpha * p i)) with 1 in T by (field; split; lra). rewrite ln_1 in T.
  replace ((1 - alpha) * old i / ((1 - alpha) * p i)) with (old i / p i) in T by (field; split; lra).
  assert (Pos : mixed i * ln (mixed i / p i) <= 0 + alpha * p i * 0 + (1 - alpha) * old i * ln (old i / p i)).
  { apply T; intros [|j] _; apply Rmult_lt_0_compat; lra. }
  lra.
Qed.

(** KL(p || q) <= (1 - alpha) KL(p || old), in the same way. *)
Theorem kl_backward : kl n p mixed <= (1 - alpha) * kl n p old.
Proof.
  unfold kl. rewrite <- total_scal. apply total_le; intros i L.
  pose proof (mixed_positive i L) as M. specialize (p_positive i L); specialize (old_positive i L).
  pose proof (log_sum 2 (fun j => match j with O => alpha * p i | _ => (1 - alpha) * p i end)
    (fun j => match j with O => alpha * p i | _ => (1 - alpha) * old i end) ltac:(lia)) as T.
  cbn in T. replace (0 + alpha * p i + (1 - alpha) * old i) with (mixed i) in T by (unfold mixed; ring).
  replace (0 + alpha * p i + (1 - alpha) * p i) with (p i) in T by ring.
  replace (alpha * p i / (alpha * p i)) with 1 in T by (field; split; lra). rewrite ln_1 in T.
  replace ((1 - alpha) * p i / ((1 - alpha) * old i)) with (p i / old i) in T by (field; split; lra).
  assert (Pos : p i * ln (p i / mixed i) <= 0 + alpha * p i * 0 + (1 - alpha) * p i * ln (p i / old i)).
  { apply T; intros [|j] _; apply Rmult_lt_0_compat; lra. }
  lra.
Qed.

(** KL(p || q) <= log(1/alpha): q is at least alpha p, whatever the old model. *)
Theorem kl_capped : kl n p mixed <= ln (/ alpha).
Proof.
  apply Rle_trans with (total n (fun i => ln (/ alpha) * p i)).
  - unfold kl. apply total_le; intros i L. pose proof (mixed_positive i L) as M.
    specialize (p_positive i L); specialize (old_positive i L).
    rewrite (Rmult_comm _ (p i)). apply Rmult_le_compat_l; [lra|]. apply ln_le_of; [now apply Rdiv_lt_0_compat|].
    apply (Rmult_le_reg_l (alpha * mixed i)); [apply Rmult_lt_0_compat; lra|].
    replace (alpha * mixed i * (p i / mixed i)) with (alpha * p i) by (field; lra).
    replace (alpha * mixed i * / alpha) with (mixed i) by (field; lra). unfold mixed.
    assert (0 <= (1 - alpha) * old i) by (apply Rmult_le_pos; lra). lra.
  - rewrite total_scal, p_law. lra.
Qed.

(** The squared Hellinger distance, as a sum of (sqrt a - sqrt b)^2 / 2, shrinks by 1 - alpha. *)
Definition hellinger2 (a b : nat -> R) := total n (fun i => (sqrt (a i) - sqrt (b i)) ^ 2) / 2.

Theorem hellinger_refresh : hellinger2 mixed p <= (1 - alpha) * hellinger2 old p.
Proof.
  unfold hellinger2, Rdiv. rewrite <- Rmult_assoc, <- total_scal. apply Rmult_le_compat_r; [lra|].
  apply total_le; intros i L. pose proof (mixed_positive i L) as M.
  specialize (p_positive i L); specialize (old_positive i L).
  pose proof (sqrt_pos (p i)) as X; pose proof (sqrt_pos (old i)) as Y; pose proof (sqrt_pos (mixed i)) as Z.
  pose proof (pow2_sqrt (p i) ltac:(lra)) as SX. pose proof (pow2_sqrt (old i) ltac:(lra)) as SY.
  pose proof (pow2_sqrt (mixed i) ltac:(lra)) as SZ.
  set (x := sqrt (p i)) in *. set (y := sqrt (old i)) in *. set (z := sqrt (mixed i)) in *.
  assert (Square : z ^ 2 = alpha * x ^ 2 + (1 - alpha) * y ^ 2) by (rewrite SZ, SX, SY; reflexivity).
  (* z is at least the mixture of the roots *)
  assert (Root : alpha * x + (1 - alpha) * y <= z).
  { apply Rsqr_incr_0_var; [unfold Rsqr|exact Z].
    assert (0 <= alpha * (1 - alpha) * (x - y) ^ 2).
    { apply Rmult_le_pos; [apply Rmult_le_pos; lra|apply pow2_ge_0]. }
    nra. }
  assert (0 <= 2 * x * (z - (alpha * x + (1 - alpha) * y))) by (apply Rmult_le_pos; lra).
  nra.
Qed.
End Refresh.

(** [kl-step], the third: roots of laws are vectors, and the triangle inequality is theirs. *)
Section Hellinger.
Variables (n : nat) (p trained new : nat -> R).

Lemma ones i : (i < n)%nat -> 0 <= (fun _ : nat => 1 / 2) i.
Proof. intros _. lra. Qed.

Definition roots : space := atoms n (fun _ => 1 / 2) ones.

Theorem hellinger_step :
  sqrt (hellinger2 n new p) <= sqrt (hellinger2 n trained p) + sqrt (hellinger2 n new trained).
Proof.
  assert (Norm : forall a b, sqrt (hellinger2 n a b) = norm roots (fun i => sqrt (a i) - sqrt (b i))).
  { intros a b. unfold norm, hellinger2, Rdiv. cbn. f_equal. rewrite Rmult_comm, <- total_scal.
    apply total_ext; intros; field. }
  rewrite !Norm. pose proof (triangle roots 1 (fun i => sqrt (trained i) - sqrt (p i))
    (fun i => sqrt (new i) - sqrt (trained i)) ltac:(lra)) as T.
  rewrite Rmult_1_l in T. eapply Rle_trans; [|exact T]. right. unfold norm. f_equal. cbn.
  apply total_ext; intros; ring.
Qed.
End Hellinger.
