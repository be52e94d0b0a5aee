(** * Workflows: what is kept of earlier models, with any weights

    Generation n is trained on the models so far with weights W(n, 0), ..., W(n, n) and on the data with the rest, so
    relative to the data

      r_{n+1} = W(n, 0) r_0 + ... + W(n, n) r_n + xi_n.

    Last model only: W(n, n) = 1 - alpha, which is [filter]; everything so far: all W(n, j) = 1/(n + 1) but that of the
    data, which is [accumulate]. *)
From Coq Require Import Reals Lra Psatz Lia PeanoNat.
Require Import Sums InnerProduct.
Open Scope R_scope.

(** ** Sums of vectors, and sums of sums *)
Fixpoint combined {H : space} (n : nat) (x : nat -> H) : H :=
  match n with O => (0 * x 0%nat)%v | S m => (combined m x + x m)%v end.

Lemma inner_combined (H : space) n (x : nat -> H) z : inner (combined n x) z = total n (fun i => inner (x i) z).
Proof. induction n as [|n IH]; cbn; [rewrite inner_times; ring|]. now rewrite inner_plus, IH. Qed.

Lemma total_more m n f : (m <= n)%nat -> (forall i, (m <= i)%nat -> f i = 0) -> total n f = total m f.
Proof.
  intros L Z. induction L as [|n L IH]; [reflexivity|]. cbn [total]. rewrite IH, Z by exact L. ring.
Qed.

Section Memory.
Variable H : space.
Variables (W : nat -> nat -> R) (r xi : nat -> H).
Hypothesis step : forall n, r (S n) = (combined (S n) (fun j => (W n j * r j)%v) + xi n)%v.

(** What is left of innovation i in model n, and of the start: G(n+1) is the same mixture of the rows before. *)
Variables (G : nat -> nat -> R) (c : nat -> R).
Hypothesis first : forall i, G 0%nat i = 0.
Hypothesis rows : forall n i, G (S n) i = total (S n) (fun j => W n j * G j i) + (if Nat.eqb n i then 1 else 0).
Hypothesis first_kept : c 0%nat = 1.
Hypothesis kept_next : forall n, c (S n) = total (S n) (fun j => W n j * c j).

(** Nothing is left of innovations to come. *)
Lemma nothing_before n : forall i, (n <= i)%nat -> G n i = 0.
Proof.
  induction n as [n IH] using (well_founded_induction Wf_nat.lt_wf). intros i L. destruct n as [|n]; [apply first|].
  rewrite rows. replace (Nat.eqb n i) with false by (symmetry; apply Nat.eqb_neq; lia).
  rewrite (total_ext _ _ (fun _ => 0)), total_zero; [ring|]. intros j J. rewrite IH; [ring|lia|lia].
Qed.

(** [memory], solved: tested against any vector z. *)
Theorem memory_solved n : forall z,
  inner (r n) z = total n (fun i => G n i * inner (xi i) z) + c n * inner (r 0%nat) z.
Proof.
  induction n as [n IH] using (well_founded_induction Wf_nat.lt_wf). intros z. destruct n as [|n].
  { cbn. rewrite first_kept. ring. }
  rewrite step, inner_plus, inner_combined.
  rewrite (total_ext (S n) _ (fun j => total (S n) (fun i => W n j * G j i * inner (xi i) z)
    + W n j * c j * inner (r 0%nat) z)).
  - rewrite total_plus, total_exchange, kept_next.
    rewrite (total_ext (S n) (fun j => W n j * c j * inner (r 0%nat) z)
      (fun j => inner (r 0%nat) z * (W n j * c j))) by (intros; ring).
    rewrite total_scal.
    rewrite (total_ext (S n) (fun i => G (S n) i * inner (xi i) z)
      (fun i => total (S n) (fun j => W n j * G j i * inner (xi i) z) + (if Nat.eqb n i then 1 else 0) * inner (xi i) z)).
    + rewrite total_plus. cbn [total]. rewrite Nat.eqb_refl.
      rewrite (total_ext n (fun i => (if Nat.eqb n i then 1 else 0) * inner (xi i) z) (fun _ => 0)), total_zero; [ring|].
      intros i L. replace (Nat.eqb n i) with false by (symmetry; apply Nat.eqb_neq; lia). ring.
    + intros i L. rewrite rows, Rmult_plus_distr_r. f_equal.
      rewrite (total_ext (S n) (fun j => W n j * G j i * inner (xi i) z) (fun j => inner (xi i) z * (W n j * G j i)))
        by (intros; ring).
      rewrite total_scal. ring.
  - intros j J. rewrite inner_times, IH by exact J. rewrite Rmult_plus_distr_l, Rmult_assoc. f_equal.
    rewrite (total_more j (S n)); [|lia|intros i L; rewrite nothing_before by exact L; ring].
    rewrite <- total_scal. apply total_ext; intros; ring.
Qed.

(** [memory]: the drift is the double sum of the inner products of the innovations in the coefficients G. *)
Theorem memory n :
  inner (r n) (r n) = total n (fun i => total n (fun j => G n i * G n j * inner (xi i) (xi j)))
    + 2 * c n * total n (fun i => G n i * inner (xi i) (r 0%nat)) + c n ^ 2 * inner (r 0%nat) (r 0%nat).
Proof.
  rewrite memory_solved, (inner_sym _ (r 0%nat)), memory_solved.
  rewrite (total_ext n (fun i => G n i * inner (xi i) (r n))
    (fun i => total n (fun j => G n i * G n j * inner (xi i) (xi j)) + c n * (G n i * inner (xi i) (r 0%nat)))).
  - rewrite total_plus, total_scal. ring.
  - intros i _. rewrite inner_sym, memory_solved, Rmult_plus_distr_l, <- total_scal, (inner_sym _ (r 0%nat)).
    f_equal; [|ring]. apply total_ext; intros j _. rewrite (inner_sym _ (xi j)). ring.
Qed.

(** Aligned innovations are the worst, for weights of one sign ... *)
Theorem memory_coherent n : (forall i, 0 <= G n i) -> 0 <= c n ->
  norm _ (r n) <= total n (fun i => G n i * norm _ (xi i)) + c n * norm _ (r 0%nat).
Proof.
  intros Pos C. pose proof (norm_nonneg _ (r n)) as N.
  assert (Bound : norm _ (r n) ^ 2 <=
    (total n (fun i => G n i * norm _ (xi i)) + c n * norm _ (r 0%nat)) * norm _ (r n)).
  { rewrite norm_square, memory_solved, Rmult_plus_distr_r. apply Rplus_le_compat.
    - rewrite Rmult_comm, <- total_scal. apply total_le; intros i _.
      replace (norm _ (r n) * (G n i * norm _ (xi i))) with (G n i * (norm _ (xi i) * norm _ (r n))) by ring.
      apply Rmult_le_compat_l; [apply Pos|apply inner_le].
    - rewrite Rmult_assoc. apply Rmult_le_compat_l; [exact C|apply inner_le]. }
  destruct (Req_dec (norm _ (r n)) 0) as [Z|Some].
  - rewrite Z. apply Rplus_le_le_0_compat.
    + apply total_nonneg; intros i _. apply Rmult_le_pos; [apply Pos|apply norm_nonneg].
    + apply Rmult_le_pos; [exact C|apply norm_nonneg].
  - apply (Rmult_le_reg_r (norm _ (r n))); [lra|]. replace (norm _ (r n) * norm _ (r n)) with (norm _ (r n) ^ 2) by ring.
    exact Bound.
Qed.

(** ... and attain it. *)
Theorem memory_attained n u (a : nat -> R) a0 : (forall i, 0 <= G n i) -> 0 <= c n -> (forall i, 0 <= a i) -> 0 <= a0 ->
  (forall i, xi i = (a i * u)%v) -> r 0%nat = (a0 * u)%v ->
  norm _ (r n) = total n (fun i => G n i * norm _ (xi i)) + c n * norm _ (r 0%nat).
Proof.
  intros Pos C A A0 Aligned Start.
  assert (Length : forall b, 0 <= b -> sqrt (b ^ 2 * inner u u) = b * norm _ u).
  { intros b B. unfold norm. rewrite sqrt_mult, sqrt_pow2; [reflexivity|exact B|apply pow2_ge_0|apply inner_pos]. }
  assert (Sizes : forall b, 0 <= b -> norm _ (b * u)%v = b * norm _ u).
  { intros b B. rewrite <- Length by exact B. unfold norm. rewrite inner_times, inner_times_r. f_equal. ring. }
  set (b := total n (fun i => G n i * a i) + c n * a0).
  assert (B : 0 <= b).
  { apply Rplus_le_le_0_compat; [|now apply Rmult_le_pos]. apply total_nonneg; intros. now apply Rmult_le_pos. }
  assert (T : forall z, inner (r n) z = b * inner u z).
  { intros z. rewrite memory_solved, Start, inner_times.
    rewrite (total_ext n _ (fun i => inner u z * (G n i * a i))).
    - rewrite total_scal. unfold b. ring.
    - intros i _. rewrite Aligned, inner_times. ring. }
  assert (E : norm _ (r n) = b * norm _ u).
  { rewrite <- Length by exact B. unfold norm. rewrite T, inner_sym, T. f_equal. ring. }
  rewrite E, Start, Sizes by exact A0.
  rewrite (total_ext n _ (fun i => norm _ u * (G n i * a i))).
  - rewrite total_scal. unfold b. ring.
  - intros i _. rewrite Aligned, Sizes by apply A. ring.
Qed.

(** Orthogonal innovations: squares add up. *)
Theorem memory_orthogonal n : (forall i, inner (xi i) (r 0%nat) = 0) ->
  (forall i j, i <> j -> inner (xi i) (xi j) = 0) ->
  inner (r n) (r n) = total n (fun i => G n i ^ 2 * inner (xi i) (xi i)) + c n ^ 2 * inner (r 0%nat) (r 0%nat).
Proof.
  intros Start Cross. rewrite memory.
  assert (None : total n (fun i => G n i * inner (xi i) (r 0%nat)) = 0).
  { rewrite (total_ext n _ (fun _ => 0)); [apply total_zero|]. intros i _. rewrite Start. ring. }
  rewrite None. clear None. rewrite (total_ext n (fun i => total n (fun j => G n i * G n j * inner (xi i) (xi j)))
    (fun i => G n i ^ 2 * inner (xi i) (xi i))); [ring|].
  intros i L. assert (Out : forall m, (m <= i)%nat -> total m (fun j => G n i * G n j * inner (xi i) (xi j)) = 0).
  { intros m Le. rewrite (total_ext m _ (fun _ => 0)); [apply total_zero|]. intros j J. rewrite (Cross i j) by lia. ring. }
  clear Start. assert (One : forall m, (i < m)%nat ->
    total m (fun j => G n i * G n j * inner (xi i) (xi j)) = G n i ^ 2 * inner (xi i) (xi i)).
  { induction m as [|m IH]; [lia|]. intros Lm. cbn [total]. destruct (Nat.eq_dec m i) as [->|Ne].
    - rewrite Out by lia. ring.
    - rewrite IH by lia. rewrite (Cross i m) by lia. ring. }
  now apply One.
Qed.

(** The coefficients of weights >= 0 are >= 0. *)
Theorem memory_positive n : (forall i j, 0 <= W i j) -> (forall i, 0 <= G n i) /\ 0 <= c n.
Proof.
  intros Pos. induction n as [n IH] using (well_founded_induction Wf_nat.lt_wf). destruct n as [|n].
  { split; [intros i; rewrite first|rewrite first_kept]; lra. }
  split; [intros i; rewrite rows|rewrite kept_next].
  - apply Rplus_le_le_0_compat; [|destruct (Nat.eqb n i); lra]. apply total_nonneg; intros j J.
    apply Rmult_le_pos; [apply Pos|now apply IH].
  - apply total_nonneg; intros j J. apply Rmult_le_pos; [apply Pos|now apply IH].
Qed.
End Memory.
