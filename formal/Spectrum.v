(** * The spectrum of innovations

    Innovations are stationary: <xi_i, xi_(i+m)> = g(m).  Drift with one share k of every model kept tends to

      (g(0) + 2 (g(1) k + g(2) k^2 + ...))/(1 - k^2).

    Where g(m) is a sum of energies times cos(m w), any number of frequencies w, it is the sum of energies times gains
    1/(1 - 2 k cos w + k^2), and the correlation of successive innovations alone encloses it. *)
From Coq Require Import Reals Lra Psatz Lia.
From Coquelicot Require Import Coquelicot.
Require Import Sums InnerProduct Retraining LongRun Beyond.
Open Scope R_scope.

Section Stationary.
Variable H : space.
Variables (k : R) (g : nat -> R) (r xi : nat -> H).
Hypothesis share : 0 <= k < 1.
Hypothesis step : forall i, r (S i) = (k * r i + xi i)%v.
Hypothesis from_data : r 0%nat = (0 * xi 0%nat)%v.
Hypothesis stationary : forall i m, inner (xi i) (xi (i + m)%nat) = g m.

(** What model n says of the innovation that comes p generations after the next. *)
Lemma foretold n : forall p, inner (r n) (xi (n + p)%nat) = total n (fun m => k ^ m * g (p + S m)%nat).
Proof.
  induction n as [|n IH]; intros p; [rewrite from_data, inner_times; cbn; ring|].
  rewrite step, inner_plus, inner_times. replace (S n + p)%nat with (n + S p)%nat by lia. rewrite IH, stationary.
  rewrite (total_shift n), <- total_scal.
  rewrite (total_ext n (fun m => k * (k ^ m * g (S p + S m)%nat)) (fun m => k ^ S m * g (p + S (S m))%nat)).
  - replace (p + 1)%nat with (S p) by lia. cbn [pow]. ring.
  - intros m _. replace (S p + S m)%nat with (p + S (S m))%nat by lia. cbn [pow]. ring.
Qed.

Theorem stationary_drift (s : R) : is_lim_seq (fun n => total n (fun m => k ^ m * g (S m))) s ->
  is_lim_seq (D H r) ((g 0%nat + 2 * k * s) / (1 - k ^ 2)).
Proof.
  intros Sum. apply (linear_recursion (k ^ 2) _ _ (fun i => 2 * k * inner (r i) (xi i) + g 0%nat)).
  - nra.
  - intros i. rewrite (D_step H (fun _ => k) r xi step). unfold J.
    replace (inner (xi i) (xi i)) with (g 0%nat); [ring|].
    replace (xi i) with (xi (i + 0)%nat) at 2 by (now rewrite Nat.add_0_r). now rewrite stationary.
  - replace (g 0%nat + 2 * k * s) with (2 * k * s + g 0%nat) by ring.
    apply is_lim_seq_plus'; [|apply is_lim_seq_const]. apply is_lim_seq_mult'; [apply is_lim_seq_const|].
    apply (is_lim_seq_ext (fun n => total n (fun m => k ^ m * g (S m)))); [|exact Sum]. intros n.
    pose proof (foretold n 0) as F. rewrite Nat.add_0_r in F. rewrite F. apply total_ext; intros m _. reflexivity.
Qed.
End Stationary.

(** ** One frequency *)
Definition gain k w := / (1 - 2 * k * cos w + k ^ 2).

Lemma below_gain k x : 0 <= k < 1 -> -1 <= x <= 1 -> 0 < 1 - 2 * k * x + k ^ 2.
Proof. intros K X. assert (0 <= 2 * k * (1 - x)) by (apply Rmult_le_pos; lra). nra. Qed.

Lemma cosine_step m w : cos (INR (S (S m)) * w) = 2 * cos w * cos (INR (S m) * w) - cos (INR m * w).
Proof.
  rewrite !S_INR. replace ((INR m + 1 + 1) * w) with ((INR m + 1) * w + w) by ring.
  replace (INR m * w) with ((INR m + 1) * w - w) by ring. rewrite cos_plus, cos_minus. ring.
Qed.

Lemma frequency_sum k w n : 0 <= k < 1 -> total n (fun m => k ^ m * cos (INR (S m) * w)) =
  gain k w * (cos w - k) - k ^ n * (gain k w * (cos (INR (S n) * w) - k * cos (INR n * w))).
Proof.
  intros K. pose proof (below_gain k (cos w) K (COS_bound w)) as P. unfold gain.
  induction n as [|n IH].
  { cbn [total pow]. replace (INR 1 * w) with w by (cbn; ring). replace (INR 0 * w) with 0 by (cbn; ring).
    rewrite cos_0. field. lra. }
  cbn [total]. rewrite IH, cosine_step. cbn [pow]. field. lra.
Qed.

Lemma frequency_limit k w : 0 <= k < 1 ->
  is_lim_seq (fun n => total n (fun m => k ^ m * cos (INR (S m) * w))) (gain k w * (cos w - k)).
Proof.
  intros K.
  apply (is_lim_seq_ext (fun n => gain k w * (cos w - k)
    - k ^ n * (gain k w * (cos (INR (S n) * w) - k * cos (INR n * w))))); [intros; now rewrite frequency_sum|].
  replace (Finite (gain k w * (cos w - k))) with (Finite (gain k w * (cos w - k) - 0)) by (f_equal; ring).
  apply is_lim_seq_minus'; [apply is_lim_seq_const|]. pose proof (below_gain k (cos w) K (COS_bound w)) as P.
  apply is_lim_seq_abs_0.
  apply (is_lim_seq_le_le (fun _ => 0) _ (fun n => k ^ n * (2 * gain k w))); [|apply is_lim_seq_const|].
  - intros n. split; [apply Rabs_pos|]. assert (Pk : 0 <= k ^ n) by (apply pow_le; lra).
    rewrite Rabs_mult, (Rabs_pos_eq (k ^ n)) by exact Pk. apply Rmult_le_compat_l; [exact Pk|].
    assert (G : 0 < gain k w) by (now apply Rinv_0_lt_compat).
    rewrite Rabs_mult, (Rabs_pos_eq (gain k w)) by lra. rewrite (Rmult_comm 2). apply Rmult_le_compat_l; [lra|].
    apply Rabs_le. pose proof (COS_bound (INR (S n) * w)). pose proof (COS_bound (INR n * w)). nra.
  - replace (Finite 0) with (Finite (0 * (2 * gain k w))) by (f_equal; ring).
    apply is_lim_seq_mult'; [now apply geometric_vanishes|apply is_lim_seq_const].
Qed.

(** ** Any number of frequencies, with any energies e *)
Section Frequencies.
Variables (count : nat) (e w : nat -> R) (k : R).
Hypothesis share : 0 <= k < 1.

Definition covariance m := total count (fun j => e j * cos (INR m * w j)).

Lemma total_limit n (f : nat -> nat -> R) (l : nat -> R) : (forall j, (j < n)%nat -> is_lim_seq (fun i => f j i) (l j)) ->
  is_lim_seq (fun i => total n (fun j => f j i)) (total n l).
Proof.
  induction n as [|n IH]; intros L; cbn [total]; [apply is_lim_seq_const|].
  apply is_lim_seq_plus'; [apply IH; intros; apply L; lia|apply L; lia].
Qed.

(** [spectral]: long-run drift is the sum of energies times gains. *)
Theorem spectral (H : space) (r xi : nat -> H) : (forall i, r (S i) = (k * r i + xi i)%v) ->
  r 0%nat = (0 * xi 0%nat)%v -> (forall i m, inner (xi i) (xi (i + m)%nat) = covariance m) ->
  is_lim_seq (D H r) (total count (fun j => e j * / (1 - 2 * k * cos (w j) + k ^ 2))).
Proof.
  intros Step Start Stationary.
  replace (total count (fun j => e j * / (1 - 2 * k * cos (w j) + k ^ 2)))
    with ((covariance 0 + 2 * k * total count (fun j => e j * (gain k (w j) * (cos (w j) - k)))) / (1 - k ^ 2)).
  - apply (stationary_drift H k covariance r xi share Step Start Stationary).
    apply (is_lim_seq_ext (fun n => total count (fun j => e j * total n (fun m => k ^ m * cos (INR (S m) * w j))))).
    + intros n. unfold covariance.
      rewrite (total_ext count _ (fun j => total n (fun m => k ^ m * (e j * cos (INR (S m) * w j))))).
      * rewrite total_exchange. apply total_ext; intros m _. now rewrite total_scal.
      * intros j _. rewrite <- total_scal. apply total_ext; intros; ring.
    + apply total_limit. intros j _. apply is_lim_seq_mult'; [apply is_lim_seq_const|now apply frequency_limit].
  - unfold covariance. rewrite <- total_scal, <- total_plus. unfold Rdiv. rewrite Rmult_comm, <- total_scal.
    apply total_ext; intros j _. cbn [INR]. rewrite Rmult_0_l, cos_0. unfold gain.
    pose proof (below_gain k (cos (w j)) share (COS_bound (w j))). field. split; [lra|nra].
Qed.

(** The correlation c of successive innovations encloses it. *)
Section Enclosed.
Variables (J c : R).
Hypothesis energies : forall j, 0 <= e j.
Hypothesis energy : total count e = J.
Hypothesis correlation : total count (fun j => e j * cos (w j)) = J * c.
Hypothesis within : -1 <= c <= 1.

(** The gain is above its tangent at c. *)
Theorem spectral_least : J / (1 - 2 * k * c + k ^ 2) <= total count (fun j => e j * / (1 - 2 * k * cos (w j) + k ^ 2)).
Proof.
  pose proof (below_gain k c share within) as There. set (p := 1 - 2 * k * c + k ^ 2) in *.
  apply Rle_trans with (total count (fun j => (/ p - 2 * k * c / p ^ 2) * e j + 2 * k / p ^ 2 * (e j * cos (w j)))).
  - rewrite total_plus, !total_scal, energy, correlation. right. field. lra.
  - apply total_le; intros j _. pose proof (below_gain k (cos (w j)) share (COS_bound (w j))) as Here.
    set (q := 1 - 2 * k * cos (w j) + k ^ 2) in *.
    assert (Tangent : / p + 2 * k * (cos (w j) - c) / p ^ 2 <= / q).
    { replace (2 * k * (cos (w j) - c)) with (p - q) by (unfold p, q; ring).
      assert (0 <= (p - q) ^ 2 / (q * p ^ 2)).
      { apply Rmult_le_pos; [apply pow2_ge_0|]. left. apply Rinv_0_lt_compat.
        apply Rmult_lt_0_compat; [exact Here|now apply pow_lt]. }
      replace (/ q) with (/ p + (p - q) / p ^ 2 + (p - q) ^ 2 / (q * p ^ 2)) by (field; lra). lra. }
    apply (Rmult_le_compat_l (e j)) in Tangent; [|apply energies]. eapply Rle_trans; [|exact Tangent]. right. field. lra.
Qed.

(** It is below its chord. *)
Theorem spectral_most :
  total count (fun j => e j * / (1 - 2 * k * cos (w j) + k ^ 2)) <= J * (1 + 2 * k * c + k ^ 2) / (1 - k ^ 2) ^ 2.
Proof.
  assert (K : 0 < 1 - k ^ 2) by nra.
  apply Rle_trans with (total count (fun j =>
    (1 + k ^ 2) / (1 - k ^ 2) ^ 2 * e j + 2 * k / (1 - k ^ 2) ^ 2 * (e j * cos (w j)))).
  - apply total_le; intros j _. pose proof (COS_bound (w j)) as B. pose proof (below_gain k (cos (w j)) share B) as Here.
    set (x := cos (w j)) in *. set (q := 1 - 2 * k * x + k ^ 2) in *.
    assert (Chord : / q <= (1 + 2 * k * x + k ^ 2) / (1 - k ^ 2) ^ 2).
    { apply (Rmult_le_reg_l (q * (1 - k ^ 2) ^ 2)); [apply Rmult_lt_0_compat; [exact Here|now apply pow_lt]|].
      replace (q * (1 - k ^ 2) ^ 2 * / q) with ((1 - k ^ 2) ^ 2) by (field; lra).
      replace (q * (1 - k ^ 2) ^ 2 * ((1 + 2 * k * x + k ^ 2) / (1 - k ^ 2) ^ 2)) with (q * (1 + 2 * k * x + k ^ 2))
        by (field; lra).
      assert (0 <= 4 * k ^ 2 * ((1 - x) * (1 + x))).
      { apply Rmult_le_pos; [pose proof (pow2_ge_0 k); lra|apply Rmult_le_pos; lra]. }
      unfold q. nra. }
    apply (Rmult_le_compat_l (e j)) in Chord; [|apply energies]. eapply Rle_trans; [exact Chord|]. right. field. lra.
  - rewrite total_plus, !total_scal, energy, correlation. right. field. lra.
Qed.
End Enclosed.
End Frequencies.
