(** * The long run: limits superior of the drift

    LimSup_seq is Coquelicot's limit superior, a number or an infinity. *)
From Coq Require Import Reals Lra Psatz Lia.
From Coquelicot Require Import Coquelicot.
Require Import Sums InnerProduct Retraining.
Open Scope R_scope.

(** ** Two rules for limits superior *)
Lemma limsup_is u : is_LimSup_seq u (LimSup_seq u).
Proof. exact (proj2_sig (ex_LimSup_seq u)). Qed.

(** A level that is reached again and again. *)
Lemma limsup_at_least u (level : R) :
  (forall n0, exists n, (n0 <= n)%nat /\ level <= u n) -> Rbar_le level (LimSup_seq u).
Proof.
  intros Again. pose proof (limsup_is u) as L. destruct (LimSup_seq u) as [l| |]; [|exact I|].
  - apply Rnot_lt_le; intros Below. assert (Gap : 0 < level - l) by (cbn in Below; lra).
    destruct (L (mkposreal _ Gap)) as [_ [n0 Late]]. destruct (Again n0) as [n [N Reached]].
    specialize (Late n N). cbn in Late. lra.
  - destruct (L level) as [n0 Late]. destruct (Again n0) as [n [N Reached]]. specialize (Late n N). lra.
Qed.

(** A convergent sequence above, from some generation on. *)
Lemma limsup_at_most u v (limit : R) n0 :
  (forall n, (n0 <= n)%nat -> u n <= v n) -> is_lim_seq v limit -> Rbar_le (LimSup_seq u) limit.
Proof.
  intros Above Limit. rewrite <- (is_LimSup_seq_unique _ _ (is_lim_LimSup_seq _ _ Limit)).
  apply LimSup_le. exists n0. exact Above.
Qed.

Lemma geometric_vanishes g : 0 <= g < 1 -> is_lim_seq (fun n => g ^ n) 0.
Proof. intros G. apply is_lim_seq_geom. rewrite Rabs_pos_eq; lra. Qed.

(** ** [range] *)
Section Range.
Variable H : space.
Variables (k : R) (r xi : nat -> H).
Hypothesis share : 0 <= k < 1.
Hypothesis step : forall i, r (S i) = (k * r i + xi i)%v.
Local Notation drift := (D H r).
Local Notation energy := (J H xi).

Lemma shares (i : nat) : 0 <= k.
Proof. exact (proj1 share). Qed.

(** Of two successive drifts one is at least the energy between them over (2 - alpha)^2. *)
Theorem range_pair i : energy i <= (1 + k) ^ 2 * Rmax (drift i) (drift (S i)).
Proof.
  pose proof (root_step_back H (fun _ => k) r xi step shares i) as B.
  set (most := Rmax (drift i) (drift (S i))).
  assert (First : drift i <= most) by apply Rmax_l. assert (Second : drift (S i) <= most) by apply Rmax_r.
  assert (Pos : 0 <= most) by (pose proof (D_nonneg H r i); lra).
  apply sqrt_le_1_alt in First; apply sqrt_le_1_alt in Second.
  assert (Root : sqrt (energy i) <= (1 + k) * sqrt most) by nra.
  rewrite <- (pow2_sqrt (energy i)) by apply J_nonneg. rewrite <- (pow2_sqrt most) at 1 by exact Pos.
  rewrite <- Rpow_mult_distr. apply pow_incr. split; [apply sqrt_pos|exact Root].
Qed.

Theorem range_lower least n0 : (forall i, (n0 <= i)%nat -> least <= energy i) ->
  Rbar_le (least / (1 + k) ^ 2) (LimSup_seq drift).
Proof.
  intros Energies. apply limsup_at_least; intros late.
  pose proof (range_pair (late + n0)) as Pair. specialize (Energies (late + n0)%nat ltac:(lia)).
  assert (Square : 0 < (1 + k) ^ 2) by nra.
  assert (One : least / (1 + k) ^ 2 <= Rmax (drift (late + n0)) (drift (S (late + n0)))).
  { apply (Rmult_le_reg_l ((1 + k) ^ 2)); [exact Square|].
    replace ((1 + k) ^ 2 * (least / (1 + k) ^ 2)) with least by (field; nra). lra. }
  destruct (Rle_dec (drift (late + n0)) (drift (S (late + n0)))) as [L|L].
  - rewrite Rmax_right in One by exact L. exists (S (late + n0)); split; [lia|exact One].
  - rewrite Rmax_left in One by lra. exists (late + n0)%nat; split; [lia|exact One].
Qed.

Theorem range_upper most n0 : (forall i, (n0 <= i)%nat -> energy i <= most) ->
  Rbar_le (LimSup_seq drift) (most / (1 - k) ^ 2).
Proof.
  intros Energies. set (s := sqrt most).
  assert (Nonneg : 0 <= most).
  { pose proof (J_nonneg H xi n0). specialize (Energies n0 (le_n n0)). lra. }
  assert (Bound : forall m, drift (n0 + m) <= (k ^ m * sqrt (drift n0) + s / (1 - k)) ^ 2).
  { intros m. rewrite <- (pow2_sqrt (drift (n0 + m))) by apply D_nonneg.
    apply pow_incr. split; [apply sqrt_pos|].
    apply (regimes_decay H (fun _ => k) r xi step shares n0 m k s); [reflexivity|lra| |apply sqrt_pos].
    intros i I1 _. apply sqrt_le_1_alt, Energies, I1. }
  assert (Limit : is_lim_seq (fun n => (k ^ (n - n0) * sqrt (drift n0) + s / (1 - k)) ^ 2) (most / (1 - k) ^ 2)).
  { apply (is_lim_seq_incr_n _ n0).
    apply (is_lim_seq_ext (fun m => (k ^ m * sqrt (drift n0) + s / (1 - k)) * (k ^ m * sqrt (drift n0) + s / (1 - k)))).
    { intros m. replace (m + n0 - n0)%nat with m by lia. ring. }
    replace (most / (1 - k) ^ 2) with ((0 * sqrt (drift n0) + s / (1 - k)) * (0 * sqrt (drift n0) + s / (1 - k))).
    - assert (One : is_lim_seq (fun m => k ^ m * sqrt (drift n0) + s / (1 - k)) (0 * sqrt (drift n0) + s / (1 - k))).
      { apply is_lim_seq_plus'; [|apply is_lim_seq_const].
        apply is_lim_seq_mult'; [apply geometric_vanishes; lra|apply is_lim_seq_const]. }
      apply is_lim_seq_mult'; exact One.
    - rewrite <- (pow2_sqrt most) by exact Nonneg. fold s. field. lra. }
  apply (limsup_at_most _ _ _ n0) with (2 := Limit). intros n N.
  replace n with (n0 + (n - n0))%nat at 1 by lia. apply Bound.
Qed.

(** Both ends are attained, in every space and by every vector u: constant and alternating innovations. *)
Theorem range_upper_attained u n : r 0%nat = (0 * u)%v -> (forall i, xi i = (1 * u)%v) ->
  drift n = ((1 - k ^ n) / (1 - k)) ^ 2 * inner u u.
Proof.
  intros Start Same.
  assert (T : forall z, inner (r n) z = (1 - k ^ n) / (1 - k) * inner u z).
  { intros z. induction n as [|m IH].
    - rewrite Start, inner_times. cbn. field. lra.
    - rewrite step, inner_plus, inner_times, IH, Same, inner_times. cbn [pow]. field. lra. }
  unfold D. rewrite T, inner_sym, T. ring.
Qed.

Theorem range_lower_attained u n : r 0%nat = (0 * u)%v -> (forall i, xi i = ((-1) ^ i * u)%v) ->
  drift n = ((1 - (- k) ^ n) / (1 + k)) ^ 2 * inner u u.
Proof.
  intros Start Alternating.
  assert (Sign : forall m, (-1) ^ m * (-1) ^ m = 1).
  { intros m. rewrite <- Rpow_mult_distr. replace (-1 * -1) with 1 by ring. apply pow1. }
  assert (Power : forall m, (- k) ^ m = (-1) ^ m * k ^ m).
  { intros m. rewrite <- Rpow_mult_distr. f_equal. ring. }
  assert (T : forall z, inner (r n) z = - (-1) ^ n * (1 - (- k) ^ n) / (1 + k) * inner u z).
  { intros z. induction n as [|m IH].
    - rewrite Start, inner_times. cbn. field. lra.
    - rewrite step, inner_plus, inner_times, IH, Alternating, inner_times, !Power. cbn [pow].
      pose proof (Sign m) as S. field_simplify_eq; [|lra].
      replace (((-1) ^ m) ^ 2) with 1 by (rewrite <- S; ring). ring. }
  unfold D. rewrite T, inner_sym, T. pose proof (Sign n) as S.
  replace (- (-1) ^ n * (1 - (- k) ^ n) / (1 + k) * (- (-1) ^ n * (1 - (- k) ^ n) / (1 + k) * inner u u))
    with ((-1) ^ n * (-1) ^ n * (((1 - (- k) ^ n) / (1 + k)) ^ 2 * inner u u)) by (field; lra).
  rewrite S. ring.
Qed.
End Range.

(** The incoherent value J/(alpha (2 - alpha)) is the geometric mean of both ends. *)
Theorem range_geometric_mean J0 a : 0 < a < 2 -> (J0 / (a * (2 - a))) ^ 2 = (J0 / a ^ 2) * (J0 / (2 - a) ^ 2).
Proof. intros; field; lra. Qed.

(** ** [prop-4.1]

    Its hypothesis is what [innovation] gives: D(i+1) + k^2 D(i) >= x(i), where x(i) = alpha I(i)/2, and the paper
    puts eta(i) eps(i)^2/8 for I(i). *)
Section Forced.
Variables (drift x : nat -> R) (k : R).
Hypothesis nonneg : forall i, 0 <= drift i.
Hypothesis forced : forall i, x i <= drift (S i) + k ^ 2 * drift i.

(** (i): where the forcing cannot be summed, neither can the drift; for every number of generations. *)
Theorem prop_4_1_sum n : total n x <= (1 + k ^ 2) * total (S n) drift.
Proof.
  assert (Square : 0 <= k ^ 2) by apply pow2_ge_0.
  assert (Sum : total n x <= total n (fun i => drift (S i)) + k ^ 2 * total n drift).
  { rewrite <- total_scal, <- total_plus. apply total_le; intros; apply forced. }
  assert (First : total n (fun i => drift (S i)) <= total (S n) drift).
  { rewrite (total_shift n drift). specialize (nonneg 0%nat). lra. }
  assert (Second : total n drift <= total (S n) drift) by (cbn [total]; specialize (nonneg n); lra).
  apply (Rmult_le_compat_l (k ^ 2)) in Second; [|exact Square]. lra.
Qed.

(** (ii): the limit superior, with the paper's constants. *)
Theorem prop_4_1_limsup alpha eta e n0 :
  (forall i, (n0 <= i)%nat -> alpha * (eta * e / 8) / 2 <= x i) ->
  Rbar_le (alpha * eta * e / (16 * (1 + k ^ 2))) (LimSup_seq drift).
Proof.
  intros Least. assert (Square : 0 <= k ^ 2) by apply pow2_ge_0. apply limsup_at_least; intros late.
  pose proof (forced (late + n0)) as Pair. specialize (Least (late + n0)%nat ltac:(lia)).
  set (level := alpha * eta * e / (16 * (1 + k ^ 2))).
  assert (Level : (1 + k ^ 2) * level = alpha * (eta * e / 8) / 2) by (unfold level; field; lra).
  destruct (Rle_dec level (drift (late + n0))) as [L|L]; [exists (late + n0)%nat; split; [lia|exact L]|].
  exists (S (late + n0)); split; [lia|].
  assert (k ^ 2 * drift (late + n0)%nat <= k ^ 2 * level) by (apply Rmult_le_compat_l; lra). lra.
Qed.
End Forced.

(** ** [thm-4.2-display] is false

    A public reproduction shows D(N) + C_bias, C_bias > 0, as at most a constant c times the discounted sum of the
    energies.  For energies h^i with any 0 < h < 1, any share 0 < g < 1 of squares kept, h <> g, any bias and any c it
    fails, and it fails although the drift is exactly that sum ([incoherent]). *)
Theorem thm_4_2_display_refuted g h start bias c : 0 < g < 1 -> 0 < h < 1 -> g <> h -> 0 < bias ->
  exists n, let drift := carried (fun _ => g) (fun i => h ^ i) n + g ^ n * start in c * drift < drift + bias.
Proof.
  intros G Hh N Bias. set (drift := fun n => carried (fun _ => g) (fun i => h ^ i) n + g ^ n * start).
  assert (Vanishes : is_lim_seq (fun n => (c - 1) * drift n) 0).
  { replace (Finite 0) with (Finite ((c - 1) * ((0 - 0) * / (g - h) + 0 * start))) by (f_equal; ring).
    apply (is_lim_seq_ext (fun n => (c - 1) * ((g ^ n - h ^ n) * / (g - h) + g ^ n * start))).
    { intros n. unfold drift. rewrite carried_geometric by exact N. reflexivity. }
    apply is_lim_seq_mult'; [apply is_lim_seq_const|]. apply is_lim_seq_plus'.
    - apply is_lim_seq_mult'; [|apply is_lim_seq_const].
      apply is_lim_seq_minus'; apply geometric_vanishes; lra.
    - apply is_lim_seq_mult'; [apply geometric_vanishes; lra|apply is_lim_seq_const]. }
  apply is_lim_seq_spec in Vanishes. destruct (Vanishes (mkposreal bias Bias)) as [n Late].
  exists n. specialize (Late n (le_n n)). cbn in Late. rewrite Rminus_0_r in Late. apply Rabs_def2 in Late.
  cbn zeta. fold (drift n). lra.
Qed.
