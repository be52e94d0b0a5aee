(** * Beyond the papers: other workflows, correlated errors, where to put fresh data, where to start *)
From Coq Require Import Reals Lra Psatz Lia.
From Coquelicot Require Import Coquelicot.
Require Import Sums InnerProduct Retraining LongRun.
Open Scope R_scope.

(** ** [norm-filter]: the filter in every distance that mixing contracts

    d(i) is the distance of model i from the data, e(i) that of model i+1 from its training law.  The triangle inequality
    and d(q_i, p) = k_i d(i) are the hypothesis; total variation, W1, every integral probability metric obey it. *)
Theorem norm_filter (k d e : nat -> R) n : (forall i, 0 <= k i) -> (forall i, d (S i) <= k i * d i + e i) ->
  d n <= carried k e n + kept k n * d 0%nat.
Proof.
  intros K Step. induction n as [|n IH]; [cbn; lra|]. cbn [carried kept]. specialize (Step n).
  apply (Rmult_le_compat_l (k n)) in IH; [|apply K]. lra.
Qed.

(** ** [accumulate]: train on everything so far

    Model i+1 is trained on the data and all models before, R i = (r_0 + ... + r_i)/(i+1), r_0 = 0.  Then
    R(i+1) = R(i) + xi(i)/(i+2), which is taken as the definition (the next lemma says that it is the mean). *)
Section Accumulate.
Variable H : space.
Variables (r mean xi : nat -> H).
Hypothesis next : forall i, r (S i) = (mean i + xi i)%v.
Hypothesis means : forall i, mean (S i) = (mean i + (/ INR (i + 2)) * xi i)%v.
Hypothesis from_data : mean 0%nat = (0 * xi 0%nat)%v.

Lemma share_positive i : 0 < INR (i + 2).
Proof. apply lt_0_INR. lia. Qed.

(** The mean of r_0, ..., r_{i+1}: ((i+1) R(i) + r(i+1))/(i+2), tested against any vector. *)
Lemma means_are_means i z : INR (i + 2) * inner (mean (S i)) z = INR (i + 1) * inner (mean i) z + inner (r (S i)) z.
Proof.
  rewrite means, next, !inner_plus, inner_times. pose proof (share_positive i).
  replace (INR (i + 2)) with (INR (i + 1) + 1) in * by (rewrite !plus_INR; cbn; lra). field. lra.
Qed.

Lemma mean_solved n z : inner (mean n) z = total n (fun j => inner (xi j) z / INR (j + 2)).
Proof.
  induction n as [|n IH]; [rewrite from_data, inner_times; cbn; ring|].
  cbn [total]. rewrite means, inner_plus, inner_times, IH. unfold Rdiv. ring.
Qed.

(** r(N+1) = xi(N) + sum over j < N of xi(j)/(j+2) *)
Theorem accumulate n z : inner (r (S n)) z = inner (xi n) z + total n (fun j => inner (xi j) z / INR (j + 2)).
Proof. rewrite next, inner_plus, mean_solved. ring. Qed.

(** Orthogonal innovations of one energy: the drift is a partial sum of 1/j^2, so it stays below (pi^2/6) J ... *)
Theorem accumulate_orthogonal n J0 : (forall i, inner (xi i) (xi i) = J0) ->
  (forall i j, i <> j -> inner (xi i) (xi j) = 0) ->
  inner (r (S n)) (r (S n)) = J0 * (1 + total n (fun j => / INR (j + 2) ^ 2)).
Proof.
  intros Energy Cross.
  assert (M : forall j, (n <= j)%nat -> inner (mean n) (xi j) = 0).
  { intros j L. rewrite mean_solved, (total_ext n _ (fun _ => 0)); [apply total_zero|].
    intros i I. rewrite Cross by lia. unfold Rdiv. ring. }
  assert (Square : inner (mean n) (mean n) = J0 * total n (fun j => / INR (j + 2) ^ 2)).
  { rewrite mean_solved, <- total_scal. apply total_ext; intros j L. rewrite inner_sym, mean_solved.
    assert (One : total n (fun i => inner (xi i) (xi j) / INR (i + 2)) = J0 / INR (j + 2)).
    { clear M. assert (Out : forall m, (m <= j)%nat -> total m (fun i => inner (xi i) (xi j) / INR (i + 2)) = 0).
      { intros m Le. rewrite (total_ext m _ (fun _ => 0)); [apply total_zero|].
        intros i I. rewrite Cross by lia. unfold Rdiv. ring. }
      induction n as [|m IH]; [lia|]. cbn [total]. destruct (Nat.eq_dec m j) as [->|N].
      - rewrite Out by lia. rewrite Energy. ring.
      - rewrite IH by lia. rewrite Cross by exact N. unfold Rdiv. ring. }
    rewrite One. pose proof (share_positive j). field. lra. }
  rewrite next, square_plus, M, Square, Energy by lia. ring.
Qed.

(** ... aligned ones: the square of a partial sum of the harmonic series, which has no bound. *)
Theorem accumulate_aligned u n : (forall i, xi i = (1 * u)%v) ->
  inner (r (S n)) (r (S n)) = (1 + total n (fun j => / INR (j + 2))) ^ 2 * inner u u.
Proof.
  intros Same.
  assert (T : forall z, inner (r (S n)) z = (1 + total n (fun j => / INR (j + 2))) * inner u z).
  { intros z. rewrite accumulate, Same, inner_times, (total_ext n _ (fun j => inner u z * / INR (j + 2))).
    - rewrite total_scal. ring.
    - intros j _. rewrite Same, inner_times. unfold Rdiv. ring. }
  rewrite T, inner_sym, T. ring.
Qed.

(** An identity for any angles: harmonically weighted drift is at least weighted energy. *)
Theorem accumulate_identity n :
  total n (fun i => inner (r (S i)) (r (S i)) / INR (i + 2)) =
  total n (fun i => (inner (mean i) (mean i) + inner (xi i) (xi i) * (1 - / INR (i + 2))) / INR (i + 2))
  + inner (mean n) (mean n) .
Proof.
  induction n as [|n IH].
  - cbn. rewrite from_data, inner_times, inner_times_r. ring.
  - cbn [total]. rewrite IH. pose proof (share_positive n). rewrite next, means, square_plus, square_plus.
    rewrite inner_times, !inner_times_r. field. lra.
Qed.
End Accumulate.

(** ** [spectral], one number: innovations with correlation c from generation to generation

    <xi_i, xi_j> = J c^|i-j|.  The drift tends to J (1 + k c)/((1 - k c)(1 - k^2)), 1 - k^2 = alpha (2 - alpha): between the
    ends of [range], the incoherent value at c = 0. *)
Lemma linear_recursion (g limit : R) (x y : nat -> R) : 0 <= g < 1 -> (forall i, x (S i) = g * x i + y i) ->
  is_lim_seq y limit -> is_lim_seq x (limit / (1 - g)).
Proof.
  intros G Step Y.
  (* x less its limit is a sum of errors z that vanish, discounted: eventually below any level. *)
  set (z := fun i => x i - limit / (1 - g)). set (e := fun i => y i - limit).
  assert (Z : forall i, z (S i) = g * z i + e i) by (intros i; unfold z, e; rewrite Step; field; lra).
  assert (E : is_lim_seq e 0).
  { unfold e. replace (Finite 0) with (Finite (limit - limit)) by (f_equal; ring).
    apply is_lim_seq_minus'; [exact Y|apply is_lim_seq_const]. }
  apply (is_lim_seq_ext (fun i => z i + limit / (1 - g))); [intros; unfold z; ring|].
  replace (Finite (limit / (1 - g))) with (Finite (0 + limit / (1 - g))) by (f_equal; ring).
  apply is_lim_seq_plus'; [|apply is_lim_seq_const]. apply is_lim_seq_spec. intros eps.
  apply is_lim_seq_spec in E. assert (Half : 0 < (1 - g) * eps / 2) by (pose proof (cond_pos eps); nra).
  destruct (E (mkposreal _ Half)) as [n0 Late].
  assert (Bound : forall m, Rabs (z (n0 + m)%nat) <= g ^ m * Rabs (z n0) + eps / 2).
  { induction m as [|m IH].
    - rewrite Nat.add_0_r. cbn. pose proof (cond_pos eps). lra.
    - replace (n0 + S m)%nat with (S (n0 + m)) by lia. rewrite Z.
      specialize (Late (n0 + m)%nat ltac:(lia)). cbn in Late. rewrite Rminus_0_r in Late.
      eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult, (Rabs_pos_eq g) by lra.
      apply (Rmult_le_compat_l g) in IH; [|lra]. cbn [pow]. lra. }
  assert (Power : is_lim_seq (fun m => g ^ m * Rabs (z n0)) 0).
  { replace (Finite 0) with (Finite (0 * Rabs (z n0))) by (f_equal; ring).
    apply is_lim_seq_mult'; [apply geometric_vanishes; exact G|apply is_lim_seq_const]. }
  apply is_lim_seq_spec in Power. assert (Quarter : 0 < eps / 2) by (pose proof (cond_pos eps); lra).
  destruct (Power (mkposreal _ Quarter)) as [m0 Small]. exists (n0 + m0)%nat. intros n L.
  replace n with (n0 + (n - n0))%nat by lia. specialize (Small (n - n0)%nat ltac:(lia)). cbn in Small.
  rewrite Rminus_0_r in *. apply Rabs_def2 in Small. specialize (Bound (n - n0)%nat). lra.
Qed.

Section Correlated.
Variable H : space.
Variables (k c J0 : R) (r xi : nat -> H).
Hypothesis share : 0 <= k < 1.
Hypothesis correlation : -1 <= c <= 1.
Hypothesis step : forall i, r (S i) = (k * r i + xi i)%v.
Hypothesis from_data : r 0%nat = (0 * xi 0%nat)%v.
Hypothesis stationary : forall i m, inner (xi i) (xi (i + m)%nat) = J0 * c ^ m.

Lemma cross_step i : inner (r (S i)) (xi (S i)) = k * c * inner (r i) (xi i) + c * J0.
Proof.
  assert (T : inner (r i) (xi (S i)) = c * inner (r i) (xi i)).
  { rewrite (filter_solved H (fun _ => k) r xi step i (xi (S i))), (filter_solved H (fun _ => k) r xi step i (xi i)),
      from_data, !inner_times.
    rewrite (carried_ext (fun _ => k) (fun j => inner (xi j) (xi (S i))) (fun j => c * inner (xi j) (xi i))).
    - rewrite carried_scal. ring.
    - intros j L. replace (S i) with (j + S (i - j))%nat by lia. replace i with (j + (i - j))%nat at 2 by lia.
      rewrite !stationary. cbn. ring. }
  rewrite step, inner_plus, inner_times, T.
  replace (S i) with (i + 1)%nat by lia. rewrite stationary. ring.
Qed.

Theorem correlated : is_lim_seq (D H r) (J0 * (1 + k * c) / ((1 - k * c) * (1 - k ^ 2))).
Proof.
  assert (KC : -1 < k * c < 1) by nra.
  (* the inner product of model and innovation *)
  assert (Cross : is_lim_seq (fun i => inner (r i) (xi i)) (c * J0 / (1 - k * c))).
  { assert (Solved : forall i, inner (r i) (xi i) = c * J0 / (1 - k * c) * (1 - (k * c) ^ i)).
    { induction i as [|i IH]; [rewrite from_data, inner_times; cbn; ring|].
      rewrite cross_step, IH. cbn [pow]. field. lra. }
    apply (is_lim_seq_ext (fun i => c * J0 / (1 - k * c) * (1 - (k * c) ^ i))); [intros; now rewrite Solved|].
    replace (Finite (c * J0 / (1 - k * c))) with (Finite (c * J0 / (1 - k * c) * (1 - 0))) by (f_equal; ring).
    apply is_lim_seq_mult'; [apply is_lim_seq_const|]. apply is_lim_seq_minus'; [apply is_lim_seq_const|].
    apply is_lim_seq_geom. apply Rabs_def1; lra. }
  replace (J0 * (1 + k * c) / ((1 - k * c) * (1 - k ^ 2))) with ((2 * k * (c * J0 / (1 - k * c)) + J0) / (1 - k ^ 2))
    by (field; split; [apply Rgt_not_eq; nra|lra]).
  apply (linear_recursion (k ^ 2) _ _ (fun i => 2 * k * inner (r i) (xi i) + J0)).
  - nra.
  - intros i. rewrite (D_step H (fun _ => k) r xi step). unfold J.
    replace (inner (xi i) (xi i)) with J0; [ring|].
    replace (xi i) with (xi (i + 0)%nat) at 2 by (now rewrite Nat.add_0_r). rewrite stationary. cbn. ring.
  - apply is_lim_seq_plus'; [|apply is_lim_seq_const]. apply is_lim_seq_mult'; [apply is_lim_seq_const|exact Cross].
Qed.
End Correlated.

(** ** [allocation]: where to put fresh data

    Refresh by a share a every so often, at a mean share per generation that is small.  Orthogonal errors: the mean drift
    is (1/mean share) times u/2 - 1 + 1/u, u = 2 - a: least at u = sqrt 2, a = 2 - sqrt 2.  Aligned errors: a factor
    1 - a + a^2/3, least at a = 1. *)
Theorem allocation_orthogonal u : 0 < u -> sqrt 2 - 1 <= u / 2 - 1 + / u.
Proof.
  intros U. pose proof (sqrt_pos 2). assert (Two : sqrt 2 * sqrt 2 = 2) by (apply sqrt_sqrt; lra).
  assert (Square : 0 <= (u - sqrt 2) ^ 2) by apply pow2_ge_0.
  apply (Rmult_le_reg_l (2 * u)); [lra|].
  replace (2 * u * (u / 2 - 1 + / u)) with (u ^ 2 - 2 * u + 2) by (field; lra). nra.
Qed.

Theorem allocation_orthogonal_attained : sqrt 2 / 2 - 1 + / sqrt 2 = sqrt 2 - 1.
Proof.
  pose proof (sqrt_lt_R0 2 ltac:(lra)). assert (Two : sqrt 2 * sqrt 2 = 2) by (apply sqrt_sqrt; lra).
  replace (/ sqrt 2) with (sqrt 2 / 2); [field|]. apply (Rmult_eq_reg_l (2 * sqrt 2)); [|lra].
  replace (2 * sqrt 2 * (sqrt 2 / 2)) with (sqrt 2 * sqrt 2) by field.
  replace (2 * sqrt 2 * / sqrt 2) with 2 by (field; lra). exact Two.
Qed.

Theorem allocation_aligned a : 0 <= a <= 1 -> 1 / 3 <= 1 - a + a ^ 2 / 3.
Proof. intros A. nra. Qed.

(** ** [start]: what a wrong start costs, per axis

    Start in N(0, I) instead of q_T, exact score.  The variance's relative error is D for the probability flow, u D for the
    stochastic sampler with 0 < u < 1; the mean's error sqrt(u) m and u m.  KL of centred laws with variances in the ratio
    1 + x is (x - ln(1 + x))/2. *)
Lemma between x u : -1 < x -> 0 <= u <= 1 -> 0 < 1 + u * x.
Proof.
  intros X U. destruct (Rle_dec 0 x) as [P|N].
  - assert (0 <= u * x) by (apply Rmult_le_pos; lra). lra.
  - assert (0 <= (1 - u) * - x) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma ln_concave x u : -1 < x -> 0 <= u <= 1 -> u * ln (1 + x) <= ln (1 + u * x).
Proof.
  intros X U. pose proof (between x u X U) as Pos.
  (* tangents at 1 + u x: ln(1 + x) <= ln(1 + u x) + (1 - u) x/(1 + u x), and 0 = ln 1 <= ln(1 + u x) - u x/(1 + u x) *)
  assert (Tangent : forall y, 0 < y -> ln y <= ln (1 + u * x) + (y - (1 + u * x)) / (1 + u * x)).
  { intros y Y. pose proof (exp_ineq1_le (ln (y / (1 + u * x)))) as E.
    assert (Q : 0 < y / (1 + u * x)) by now apply Rdiv_lt_0_compat.
    rewrite exp_ln in E by exact Q. unfold Rdiv in E. rewrite ln_mult, ln_Rinv in E; [|lra|lra|now apply Rinv_0_lt_compat].
    replace ((y - (1 + u * x)) / (1 + u * x)) with (y * / (1 + u * x) - 1) by (field; lra). lra. }
  pose proof (Tangent (1 + x) ltac:(lra)) as Far. pose proof (Tangent 1 ltac:(lra)) as Near. rewrite ln_1 in Near.
  apply (Rmult_le_compat_l u) in Far; [|lra]. apply (Rmult_le_compat_l (1 - u)) in Near; [|lra].
  assert (Zero : u * ((1 + x - (1 + u * x)) / (1 + u * x)) + (1 - u) * ((1 - (1 + u * x)) / (1 + u * x)) = 0) by (field; lra).
  lra.
Qed.

(** The stochastic sampler is never worse in KL ... *)
Theorem start_kl x u : -1 < x -> 0 <= u <= 1 -> u * x - ln (1 + u * x) <= x - ln (1 + x).
Proof.
  intros X U. pose proof (ln_concave x u X U).
  assert (0 <= (1 - u) * (x - ln (1 + x))); [|lra]. apply Rmult_le_pos; [lra|].
  pose proof (exp_ineq1_le (ln (1 + x))) as E. rewrite exp_ln in E by lra. lra.
Qed.

(** ... nor in W2 of the variances ... *)
Theorem start_w2 x u : -1 < x -> 0 <= u <= 1 -> (sqrt (1 + u * x) - 1) ^ 2 <= (sqrt (1 + x) - 1) ^ 2.
Proof.
  intros X U. pose proof (sqrt_pos (1 + x)) as A. pose proof (sqrt_pos (1 + u * x)) as B.
  pose proof (between x u X U) as Pos.
  pose proof (pow2_sqrt (1 + x) ltac:(lra)) as SA. pose proof (pow2_sqrt (1 + u * x) ltac:(lra)) as SB.
  destruct (Rle_dec 0 x) as [P|N].
  - assert (Ux : 0 <= u * x <= x).
    { split; [apply Rmult_le_pos; lra|]. assert (0 <= (1 - u) * x) by (apply Rmult_le_pos; lra). lra. }
    assert (1 <= sqrt (1 + u * x)) by (rewrite <- sqrt_1 at 1; apply sqrt_le_1_alt; lra).
    assert (sqrt (1 + u * x) <= sqrt (1 + x)) by (apply sqrt_le_1_alt; lra).
    apply pow_incr. lra.
  - assert (Ux : x <= u * x <= 0).
    { assert (0 <= (1 - u) * - x) by (apply Rmult_le_pos; lra). assert (0 <= u * - x) by (apply Rmult_le_pos; lra). lra. }
    assert (sqrt (1 + u * x) <= 1) by (rewrite <- sqrt_1 at 2; apply sqrt_le_1_alt; lra).
    assert (sqrt (1 + x) <= sqrt (1 + u * x)) by (apply sqrt_le_1_alt; lra).
    replace ((sqrt (1 + u * x) - 1) ^ 2) with ((1 - sqrt (1 + u * x)) ^ 2) by ring.
    replace ((sqrt (1 + x) - 1) ^ 2) with ((1 - sqrt (1 + x)) ^ 2) by ring. apply pow_incr. lra.
Qed.

(** ... nor in the mean. *)
Theorem start_mean m u : 0 <= u <= 1 -> (u * m) ^ 2 <= (sqrt u * m) ^ 2.
Proof.
  intros U. rewrite !Rpow_mult_distr, pow2_sqrt by lra. apply Rmult_le_compat_r; [apply pow2_ge_0|nra].
Qed.
