(** * Retraining is a first-order filter

    Let p be the data, p^_i the model of generation i, alpha_i the share of fresh data, q_i = alpha_i p + (1-alpha_i) p^_i
    the law that generation i+1 is trained on.  Relative to the data put, in L^2(p),

      r_i = p^_i/p - 1,   xi_i = (p^_{i+1} - q_i)/p,   k_i = 1 - alpha_i.

    Then p^_{i+1} = q_i + p xi_i says exactly that  r_{i+1} = k_i r_i + xi_i,  and the drift is D_i = chi2(p^_i || p) = |r_i|^2,
    the innovation energy J_i = |xi_i|^2.  Nothing else about laws is used here: the theorems hold for any number of
    generations, any space with an inner product and any innovations. *)
From Coq Require Import Reals Lra Psatz Lia.
Require Import Sums InnerProduct.
Open Scope R_scope.

Section Filter.
Variable H : space.
Variables (k : nat -> R) (r xi : nat -> H).
Hypothesis step : forall i, r (S i) = (k i * r i + xi i)%v.

Definition D i := inner (r i) (r i).
Definition J i := inner (xi i) (xi i).

Lemma D_nonneg i : 0 <= D i.
Proof. apply inner_pos. Qed.

Lemma J_nonneg i : 0 <= J i.
Proof. apply inner_pos. Qed.

Lemma D_step i : D (S i) = k i ^ 2 * D i + 2 * k i * inner (r i) (xi i) + J i.
Proof. unfold D, J. rewrite step. apply square. Qed.

(** [refresh]: mixing in fresh data multiplies r by 1 - alpha, so chi-squared by its square. *)
Theorem refresh i : inner (k i * r i)%v (k i * r i)%v = k i ^ 2 * D i.
Proof. unfold D. rewrite inner_times, inner_times_r. ring. Qed.

(** [filter], solved.  Tested against any vector z; this is all that an inner product sees of r_N. *)
Theorem filter_solved n z :
  inner (r n) z = carried k (fun i => inner (xi i) z) n + kept k n * inner (r 0%nat) z.
Proof. induction n as [|n IH]; cbn; [ring|]. rewrite step, inner_plus, inner_times, IH. ring. Qed.

(** [filter]: the drift is the double sum of the inner products of the innovations, discounted on both sides. *)
Theorem filter n :
  D n = carried k (fun i => carried k (fun j => inner (xi i) (xi j)) n) n
        + 2 * kept k n * carried k (fun i => inner (xi i) (r 0%nat)) n + kept k n ^ 2 * D 0.
Proof.
  unfold D at 1. rewrite filter_solved, (inner_sym _ (r 0%nat)), filter_solved.
  rewrite (carried_ext k _ (fun i => carried k (fun j => inner (xi i) (xi j)) n + kept k n * inner (xi i) (r 0%nat))).
  - rewrite carried_plus, (carried_scal k (kept k n)). unfold D. ring.
  - intros i _. rewrite inner_sym, filter_solved, (inner_sym _ (r 0%nat)). f_equal.
    apply carried_ext; intros; apply inner_sym.
Qed.

(** [incoherent]: orthogonal innovations obey Pythagoras. *)
Theorem incoherent n :
  (forall i, inner (xi i) (r 0%nat) = 0) -> (forall i j, i <> j -> inner (xi i) (xi j) = 0) ->
  D n = carried (fun i => k i ^ 2) J n + kept (fun i => k i ^ 2) n * D 0.
Proof.
  intros Start Cross. induction n as [|n IH]; [cbn; ring|].
  assert (Orthogonal : inner (r n) (xi n) = 0).
  { rewrite filter_solved, (inner_sym _ (r 0%nat)), Start, (carried_ext k _ (fun _ => 0 * 0)).
    - rewrite (carried_scal k 0 (fun _ => 0)). ring.
    - intros i L. rewrite Cross; [ring|lia]. }
  rewrite D_step, Orthogonal, IH. cbn [carried kept]. ring.
Qed.

(** [innovation], its half in the space: of two successive drifts one is large.  The other half, J_i >= alpha I_i, is
    about densities: see Atoms. *)
Theorem innovation_pair i : D (S i) + k i ^ 2 * D i >= J i / 2.
Proof.
  pose proof (inner_pos _ ((2 * k i) * r i + xi i)%v) as P. rewrite square in P.
  fold (D i) in P; fold (J i) in P. rewrite D_step. nra.
Qed.

(** [discounted]: a bound without angles, for every theta > 0. *)
Theorem discounted n theta : 0 < theta ->
  D n <= (1 + / theta) * carried (fun i => (1 + theta) * k i ^ 2) J n + kept (fun i => (1 + theta) * k i ^ 2) n * D 0.
Proof.
  intros Positive. assert (Inverse : 0 < / theta) by now apply Rinv_0_lt_compat.
  induction n as [|n IH]; [cbn; lra|]. rewrite D_step. cbn [carried kept]. set (g := (1 + theta) * k n ^ 2).
  assert (Young : k n ^ 2 * D n + 2 * k n * inner (r n) (xi n) + J n <= g * D n + (1 + / theta) * J n).
  { pose proof (inner_pos _ ((- theta * k n) * r n + xi n)%v) as P. rewrite square in P.
    fold (D n) in P; fold (J n) in P. apply (Rmult_le_compat_l (/ theta)) in P; [|lra].
    replace (/ theta * ((- theta * k n) ^ 2 * D n + 2 * (- theta * k n) * inner (r n) (xi n) + J n))
      with (theta * k n ^ 2 * D n - 2 * k n * inner (r n) (xi n) + / theta * J n) in P by (field; lra).
    unfold g. lra. }
  assert (G : 0 <= g) by (unfold g; pose proof (pow2_ge_0 (k n)); nra).
  apply (Rmult_le_compat_l g) in IH; [|exact G]. lra.
Qed.

Section Shares.
Hypothesis shares : forall i, 0 <= k i.

Lemma root_step i : sqrt (D (S i)) <= k i * sqrt (D i) + sqrt (J i).
Proof. pose proof (triangle _ (k i) (r i) (xi i) (shares i)) as T. now rewrite <- step in T. Qed.

Lemma root_step_back i : sqrt (J i) <= sqrt (D (S i)) + k i * sqrt (D i).
Proof. pose proof (triangle_back _ (k i) (r i) (xi i) (shares i)) as T. now rewrite <- step in T. Qed.

(** [coherent]: aligned innovations are the worst. *)
Theorem coherent n : sqrt (D n) <= carried k (fun i => sqrt (J i)) n + kept k n * sqrt (D 0).
Proof.
  induction n as [|n IH]; [cbn; lra|]. cbn [carried kept]. pose proof (root_step n).
  apply (Rmult_le_compat_l (k n)) in IH; [|apply shares]. lra.
Qed.

(** ... and it is attained: innovations and start that are multiples >= 0 of one vector u. *)
Theorem coherent_attained u (c : nat -> R) c0 n : (forall i, 0 <= c i) -> 0 <= c0 ->
  (forall i, xi i = (c i * u)%v) -> r 0%nat = (c0 * u)%v ->
  sqrt (D n) = carried k (fun i => sqrt (J i)) n + kept k n * sqrt (D 0).
Proof.
  intros C C0 Aligned Start.
  assert (Length : forall a, 0 <= a -> sqrt (a ^ 2 * inner u u) = a * sqrt (inner u u)).
  { intros a A. rewrite sqrt_mult, sqrt_pow2; [reflexivity|exact A|apply pow2_ge_0|apply inner_pos]. }
  assert (JE : forall i, J i = c i ^ 2 * inner u u).
  { intros i. unfold J. rewrite Aligned, inner_times, inner_times_r. ring. }
  assert (D0 : D 0 = c0 ^ 2 * inner u u).
  { unfold D. rewrite Start, inner_times, inner_times_r. ring. }
  assert (DE : D n = (carried k c n + kept k n * c0) ^ 2 * inner u u).
  { assert (T : forall z, inner (r n) z = (carried k c n + kept k n * c0) * inner u z).
    { intros z. rewrite filter_solved, Start, inner_times, (carried_ext k _ (fun i => inner u z * c i)).
      - rewrite carried_scal. ring.
      - intros i _. rewrite Aligned, inner_times. ring. }
    unfold D. rewrite T, inner_sym, T. ring. }
  rewrite DE, Length.
  - rewrite D0, (Length c0 C0), (carried_ext k (fun i => sqrt (J i)) (fun i => sqrt (inner u u) * c i)).
    + rewrite (carried_scal k (sqrt (inner u u)) c n). ring.
    + intros i _. rewrite JE, Length by auto. ring.
  - apply Rplus_le_le_0_compat; [now apply carried_nonneg|]. apply Rmult_le_pos; [now apply kept_pos|exact C0].
Qed.

(** [regimes], the floor: energies that cannot be summed leave drifts that cannot be summed, with one share k. *)
Theorem regimes_floor n share : (forall i, k i = share) ->
  total n J <= (1 + share) ^ 2 * total (S n) D.
Proof.
  intros Share. assert (K : 0 <= share) by (rewrite <- (Share 0%nat); apply shares).
  assert (Pair : forall i, J i <= (1 + share) * (D (S i) + share * D i)).
  { intros i. pose proof (root_step_back i) as B. rewrite Share in B.
    pose proof (sqrt_pos (J i)); pose proof (sqrt_pos (D i)); pose proof (sqrt_pos (D (S i))).
    rewrite <- (pow2_sqrt (J i)) by apply J_nonneg. rewrite <- (pow2_sqrt (D i)) by apply D_nonneg.
    rewrite <- (pow2_sqrt (D (S i))) by apply D_nonneg. set (x := sqrt (D (S i))) in *. set (y := sqrt (D i)) in *.
    assert (S1 : sqrt (J i) ^ 2 <= (x + share * y) ^ 2) by nra.
    assert (S2 : 0 <= share * (x - y) ^ 2) by (apply Rmult_le_pos; [exact K|apply pow2_ge_0]). nra. }
  assert (Sum : total n J <= (1 + share) * (total n (fun i => D (S i)) + share * total n D)).
  { rewrite <- total_scal, <- total_plus, <- total_scal. apply total_le; intros; apply Pair. }
  assert (First : total n (fun i => D (S i)) <= total (S n) D).
  { rewrite (total_shift n D). pose proof (D_nonneg 0). lra. }
  assert (Second : total n D <= total (S n) D) by (cbn [total]; pose proof (D_nonneg n); lra).
  apply (Rmult_le_compat_l share) in Second; [|exact K].
  eapply Rle_trans; [exact Sum|]. replace ((1 + share) ^ 2 * total (S n) D)
    with ((1 + share) * (total (S n) D + share * total (S n) D)) by ring.
  apply Rmult_le_compat_l; lra.
Qed.

(** [regimes], the plateau, for every generation: from the data, drift stays below max J / alpha^2. *)
Theorem regimes_plateau n share most : (forall i, k i = share) -> share < 1 -> D 0 = 0 ->
  (forall i, (i < n)%nat -> J i <= most) -> 0 <= most -> D n <= most / (1 - share) ^ 2.
Proof.
  intros Share Less Start Most Nonneg. pose proof (coherent n) as C. rewrite Start, sqrt_0, Rmult_0_r, Rplus_0_r in C.
  assert (K : 0 <= share) by (rewrite <- (Share 0%nat); apply shares).
  assert (Geometric : carried k (fun i => sqrt (J i)) n <= sqrt most / (1 - share)).
  { apply Rle_trans with (carried k (fun _ => sqrt most) n).
    - apply carried_le; [exact shares|]. intros i L. now apply sqrt_le_1_alt, Most.
    - replace (carried k (fun _ => sqrt most) n) with (carried (fun _ => share) (fun _ => sqrt most) n)
        by (clear - Share; induction n as [|n IH]; cbn; [|rewrite IH, Share]; reflexivity).
      apply (Rmult_le_reg_l (1 - share)); [lra|]. rewrite carried_constant.
      replace ((1 - share) * (sqrt most / (1 - share))) with (sqrt most) by (field; lra).
      pose proof (sqrt_pos most). assert (0 <= share ^ n) by now apply pow_le. nra. }
  rewrite <- (pow2_sqrt (D n)) by apply D_nonneg. rewrite <- (pow2_sqrt most) by exact Nonneg.
  replace (sqrt most ^ 2 / (1 - share) ^ 2) with ((sqrt most / (1 - share)) ^ 2) by (field; lra).
  apply pow_incr. split; [apply sqrt_pos|lra].
Qed.

(** [regimes], decay: what came before generation n - m has been discounted by share^m. *)
Theorem regimes_decay n m share most : (forall i, k i = share) -> share < 1 ->
  (forall i, (n <= i)%nat -> (i < n + m)%nat -> sqrt (J i) <= most) -> 0 <= most ->
  sqrt (D (n + m)) <= share ^ m * sqrt (D n) + most / (1 - share).
Proof.
  intros Share Less Late Nonneg. assert (K : 0 <= share) by (rewrite <- (Share 0%nat); apply shares).
  assert (Bound : 0 <= most / (1 - share)) by (apply Rmult_le_pos; [exact Nonneg|left; apply Rinv_0_lt_compat; lra]).
  induction m as [|m IH]; [rewrite Nat.add_0_r; cbn; lra|].
  replace (n + S m)%nat with (S (n + m)) by lia. pose proof (root_step (n + m)) as B. rewrite Share in B.
  pose proof (Late (n + m)%nat ltac:(lia) ltac:(lia)) as L.
  assert (I : sqrt (D (n + m)) <= share ^ m * sqrt (D n) + most / (1 - share)).
  { apply IH. intros i I1 I2. apply Late; lia. }
  apply (Rmult_le_compat_l share) in I; [|exact K]. cbn [pow].
  replace (most / (1 - share)) with (share * (most / (1 - share)) + most) by (field; lra). lra.
Qed.
End Shares.
End Filter.

(** [regimes] without fresh data: offsets of one Gaussian have D = exp(x) - 1, and x is additive for orthogonal offsets
    (c = N) and grows like the square for aligned ones (c = N^2). *)
Theorem regimes_growth c x : 1 <= c -> c * (exp x - 1) <= exp (c * x) - 1.
Proof.
  intros C. pose proof (exp_pos x) as E.
  assert (Here : exp x * (1 + (c - 1) * x) <= exp (c * x)).
  { replace (c * x) with (x + (c - 1) * x) by ring. rewrite exp_plus.
    apply Rmult_le_compat_l; [lra|apply exp_ineq1_le]. }
  assert (Zero : exp x * (1 - x) <= 1).
  { replace 1 with (exp x * exp (- x)) at 2 by (rewrite <- exp_plus, Rplus_opp_r; apply exp_0).
    apply Rmult_le_compat_l; [lra|]. pose proof (exp_ineq1_le (- x)). lra. }
  apply (Rmult_le_compat_l (c - 1)) in Zero; [|lra]. lra.
Qed.
