(** * Retraining with early stopping, degree by degree

    In Hermite coefficients relative to N(0, I) the Ornstein-Uhlenbeck semigroup multiplies degree k by
    g(k) = exp(-k t0/2).  With a perfect score that stops at t0, and a share alpha of fresh data,
    c_k(i+1) = g(k) (alpha c_k(data) + (1 - alpha) c_k(i)).  (That OU acts so on Hermite polynomials is taken from
    analysis.) *)
From Coq Require Import Reals Lra Psatz Lia.
From Coquelicot Require Import Coquelicot.
Require Import Sums.
Open Scope R_scope.

Definition multiplier (alpha g : R) : R := alpha * g / (1 - (1 - alpha) * g).

Lemma room alpha g : 0 < alpha <= 1 -> 0 <= g <= 1 -> 0 <= (1 - alpha) * g < 1.
Proof. intros A G. nra. Qed.

(** [hermite]: the limit law, sum of alpha (1 - alpha)^(j-1) OU_{j t0}(data) over j >= 1, degree by degree. *)
Theorem hermite alpha g data : 0 < alpha <= 1 -> 0 <= g <= 1 ->
  is_series (fun j => alpha * (1 - alpha) ^ j * g ^ S j * data) (multiplier alpha g * data).
Proof.
  intros A G. pose proof (room alpha g A G) as Q. unfold multiplier.
  assert (Geometric : is_series (fun j => ((1 - alpha) * g) ^ j) (/ (1 - (1 - alpha) * g))).
  { apply is_series_geom. rewrite Rabs_pos_eq; lra. }
  replace (alpha * g / (1 - (1 - alpha) * g) * data) with (scal (alpha * g * data) (/ (1 - (1 - alpha) * g))).
  - apply (is_series_ext (fun j => scal (alpha * g * data) (((1 - alpha) * g) ^ j))).
    + intros j. unfold scal; cbn; unfold mult; cbn. rewrite Rpow_mult_distr. ring.
    + now apply (is_series_scal (V := R_NormedModule)).
  - unfold scal; cbn; unfold mult; cbn. field. lra.
Qed.

Section Stopping.
Variables (alpha t0 : R) (data : nat -> R) (model : nat -> nat -> R) (weight : nat -> R).
Hypothesis fresh : 0 < alpha <= 1.
Hypothesis stop : 0 <= t0.
Hypothesis weights : forall k, 0 <= weight k.

Definition g (k : nat) : R := exp (- (INR k * t0 / 2)).
Hypothesis step : forall i k, model (S i) k = g k * (alpha * data k + (1 - alpha) * model i k).
Definition limit_law (k : nat) : R := multiplier alpha (g k) * data k.

Lemma g_range k : 0 <= g k <= 1.
Proof.
  unfold g. split; [left; apply exp_pos|]. rewrite <- exp_0. pose proof (pos_INR k).
  destruct (Req_dec (INR k * t0 / 2) 0) as [->|N]; [rewrite Ropp_0; lra|].
  left. apply exp_increasing. assert (0 <= INR k * t0) by now apply Rmult_le_pos. lra.
Qed.

(** Every coefficient of the distance shrinks by (1 - alpha) g(k), exactly. *)
Theorem distance i k : model i k - limit_law k = ((1 - alpha) * g k) ^ i * (model 0%nat k - limit_law k).
Proof.
  pose proof (room alpha (g k) fresh (g_range k)) as Q.
  induction i as [|i IH]; [cbn; ring|]. rewrite step. cbn [pow]. rewrite Rmult_assoc, <- IH.
  unfold limit_law, multiplier. field. lra.
Qed.

(** [early-stopping].  Laws have the same coefficient of degree 0, so that degrees 1 to n count, with any weights; the
    norm of L^2(1/N(0, I)) is such a sum over all degrees. *)
Definition square_distance (n i : nat) := total n (fun k => weight k * (model i (S k) - limit_law (S k)) ^ 2).

Theorem early_stopping n i :
  square_distance n i <= (((1 - alpha) * exp (- t0 / 2)) ^ i) ^ 2 * square_distance n 0.
Proof.
  unfold square_distance. rewrite <- total_scal. apply total_le; intros k _. rewrite distance.
  pose proof (room alpha (g (S k)) fresh (g_range (S k))) as Q.
  assert (Rate : (1 - alpha) * g (S k) <= (1 - alpha) * exp (- t0 / 2)).
  { apply Rmult_le_compat_l; [lra|]. unfold g. rewrite S_INR. pose proof (pos_INR k).
    assert (N : 0 <= INR k * t0) by now apply Rmult_le_pos.
    destruct N as [N|N]; [left; apply exp_increasing; lra|right; f_equal; lra]. }
  assert (Power : (((1 - alpha) * g (S k)) ^ i) ^ 2 <= (((1 - alpha) * exp (- t0 / 2)) ^ i) ^ 2).
  { apply pow_incr. split; [apply pow_le; lra|apply pow_incr; lra]. }
  rewrite Rpow_mult_distr. set (d := model 0%nat (S k) - limit_law (S k)).
  replace (weight k * ((((1 - alpha) * g (S k)) ^ i) ^ 2 * d ^ 2)) with ((((1 - alpha) * g (S k)) ^ i) ^ 2 * (weight k * d ^ 2))
    by ring.
  apply Rmult_le_compat_r; [apply Rmult_le_pos; [apply weights|apply pow2_ge_0]|exact Power].
Qed.

End Stopping.

(** With no fresh data at all the same recursion forgets everything but the mass: c_k(i) = g(k)^i c_k(0). *)
Theorem without_fresh_data g (model : nat -> R) : (forall i, model (S i) = g * model i) ->
  forall i, model i = g ^ i * model 0%nat.
Proof. intros E i. induction i as [|i IH]; [cbn; ring|]. rewrite E, IH. cbn. ring. Qed.
