(** * Other norms: the bias of the appendix form, and early stopping that is annealed *)
From Coq Require Import Reals Lra Psatz.
Require Import Sums Retraining.
Open Scope R_scope.

(** ** [appendix-4.2]: the drift is the discounted sum up to a bias

    s carries the norms, Q their squares, D is the drift; c(i) is the inner product of model i and its innovation, at
    most s(i) j(i) in size by Cauchy and Schwarz and [coherent]. *)
Theorem appendix_4_2 (k j s Q D c : nat -> R) n : (forall i, 0 <= k i) ->
  D 0%nat = s 0%nat ^ 2 -> Q 0%nat = s 0%nat ^ 2 ->
  (forall i, s (S i) = k i * s i + j i) -> (forall i, Q (S i) = k i ^ 2 * Q i + j i ^ 2) ->
  (forall i, D (S i) = k i ^ 2 * D i + 2 * k i * c i + j i ^ 2) -> (forall i, Rabs (c i) <= s i * j i) ->
  Rabs (D n - Q n) <= s n ^ 2 - Q n.
Proof.
  intros K D0 Q0 Sn Qn Dn C. induction n as [|n IH]; [rewrite D0, Q0; unfold Rminus; rewrite Rplus_opp_r, Rabs_R0; lra|].
  rewrite Sn, Qn, Dn.
  replace (k n ^ 2 * D n + 2 * k n * c n + j n ^ 2 - (k n ^ 2 * Q n + j n ^ 2))
    with (k n ^ 2 * (D n - Q n) + 2 * k n * c n) by ring.
  eapply Rle_trans; [apply Rabs_triang|].
  rewrite !Rabs_mult, (Rabs_pos_eq (k n ^ 2)), (Rabs_pos_eq 2), (Rabs_pos_eq (k n)); [|apply K|lra|apply pow2_ge_0].
  pose proof (Rmult_le_compat_l (k n ^ 2) _ _ (pow2_ge_0 _) IH).
  pose proof (Rmult_le_compat_l (2 * k n) _ _ (Rmult_le_pos 2 (k n) ltac:(lra) (K n)) (C n)).
  nra.
Qed.

(** Aligned innovations attain it. *)
Theorem appendix_4_2_attained (k j s Q D c : nat -> R) n : D 0%nat = s 0%nat ^ 2 ->
  (forall i, s (S i) = k i * s i + j i) ->
  (forall i, D (S i) = k i ^ 2 * D i + 2 * k i * c i + j i ^ 2) -> (forall i, c i = s i * j i) ->
  D n - Q n = s n ^ 2 - Q n.
Proof. intros D0 Sn Dn C. cut (D n = s n ^ 2); [lra|]. induction n as [|n IH]; [exact D0|]. rewrite Dn, Sn, IH, C. ring. Qed.

(** ** [annealed]: a perfect score that stops at times of its own

    r is the relative error of a Hermite coefficient, g(i) = exp(-k t_i/2), k(i) = 1 - alpha. *)
Section Annealed.
Variables (k g r : nat -> R).
Hypothesis next : forall i, r (S i) = g i * k i * r i - (1 - g i).

Theorem annealed n : r n = carried (fun i => k i * g i) (fun i => - (1 - g i)) n + kept (fun i => k i * g i) n * r 0%nat.
Proof. induction n as [|n IH]; [cbn; ring|]. rewrite next, IH. cbn [carried kept]. ring. Qed.

(** What is lost is at most what the times add, x(i) = k t_i/2, discounted. *)
Theorem annealed_loss (x : nat -> R) n : (forall i, 0 <= k i) -> (forall i, 0 <= g i <= 1) ->
  (forall i, 1 - g i <= x i) -> Rabs (r n) <= carried k x n + kept k n * Rabs (r 0%nat).
Proof.
  intros K G X. induction n as [|n IH]; [cbn; lra|]. rewrite next. cbn [carried kept].
  assert (Rabs (g n * k n * r n - (1 - g n)) <= k n * Rabs (r n) + (1 - g n)) as Step.
  { eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp, !Rabs_mult.
    rewrite (Rabs_pos_eq (g n)), (Rabs_pos_eq (k n)), (Rabs_pos_eq (1 - g n)); [|specialize (G n); lra|apply K|apply G].
    pose proof (Rmult_le_pos _ _ (K n) (Rabs_pos (r n))). pose proof (G n). nra. }
  pose proof (Rmult_le_compat_l (k n) _ _ (K n) IH). pose proof (X n). nra.
Qed.

(** Without fresh data nothing is forgotten but by the times: t_i -> 0 is not enough. *)
Theorem annealed_closed n : (forall i, k i = 1) -> 1 + r n = kept g n * (1 + r 0%nat).
Proof.
  intros One. induction n as [|n IH]; [cbn; ring|]. rewrite next, One. cbn [kept].
  replace (g n * kept g n * (1 + r 0%nat)) with (g n * (kept g n * (1 + r 0%nat))) by ring. rewrite <- IH. ring.
Qed.
End Annealed.
