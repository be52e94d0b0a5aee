(** * One generation

    Let Z be the logarithm of dP^/dP* (learned paths against ideal ones), M its martingale and A = [M], so that
    Z = M - A/2.  Chi-squared of the paths is |exp(Z) - 1|^2 in L^2(P* ).  The endpoint sees the conditional
    expectation given the last state: a linear map that lengthens no vector.  That, and the inner product, is all that
    is used.  Stochastic calculus enters by numbers, as hypotheses with names:

      |M|^2 = E (energy; Ito's isometry),  <exp(Z) - 1, M> = El (learned energy; Girsanov),
      |A|^2 = K E^2,  |exp(Z) - 1 - Z|^2 = C' E^2 (these define K and C'),  |P M|^2 = eta E (defines eta). *)
From Coq Require Import Reals Lra Psatz.
From Coquelicot Require Import Coquelicot.
Require Import InnerProduct.
Open Scope R_scope.

(** A square about another vector: |x|^2 = |x - y|^2 + 2 <x - y, y> + |y|^2. *)
Lemma square_about (H : space) (x y : H) :
  inner x x = inner (x - y)%v (x - y)%v + 2 * inner (x - y)%v y + inner y y.
Proof. rewrite square_plus, !inner_plus, !inner_times, !inner_times_r. ring. Qed.

Section OneGeneration.
Variables (Paths Ends : space) (P : Paths -> Ends).
Hypothesis P_plus : forall x y, P (x + y)%v = (P x + P y)%v.
Hypothesis P_times : forall c x, P (c * x)%v = (c * P x)%v.
Hypothesis P_contracts : forall x, inner (P x) (P x) <= inner x x.

Definition chi2_paths (excess : Paths) := inner excess excess.
Definition chi2 (excess : Paths) := inner (P excess) (P excess).

(** [path-chi2] *)
Theorem path_chi2 excess : chi2 excess <= chi2_paths excess.
Proof. apply P_contracts. Qed.

(** [sharp]: the roots of chi-squared and of the observable energy differ by at most the root of rho. *)
Theorem sharp excess m E El :
  inner m m = E -> inner excess m = El ->
  Rabs (sqrt (chi2 excess) - sqrt (inner (P m) (P m))) <= sqrt (chi2_paths excess + E - 2 * El).
Proof.
  intros Energy Learned. pose proof (norms_differ _ (P excess) (P m)) as N. unfold norm in N.
  eapply Rle_trans; [exact N|]. apply sqrt_le_1_alt. rewrite <- P_times, <- P_plus.
  eapply Rle_trans; [apply P_contracts|]. unfold chi2_paths.
  rewrite square_plus, inner_times_r, inner_times, inner_times_r, Energy, Learned. lra.
Qed.

(** rho is the squared distance of exp(Z) - 1 from M. *)
Lemma rho_is_a_square excess m E El : inner m m = E -> inner excess m = El ->
  chi2_paths excess + E - 2 * El = inner (excess - m)%v (excess - m)%v.
Proof.
  intros Energy Learned. unfold chi2_paths.
  rewrite square_plus, inner_times_r, inner_times, inner_times_r, Energy, Learned. ring.
Qed.

Section Expansion.
Variables (m a rest : Paths) (E K C eta : R).
Hypothesis energy_nonneg : 0 <= E.
Hypothesis energy : inner m m = E.
Hypothesis variation : inner a a = K * E ^ 2.
Hypothesis taylor : inner rest rest = C * E ^ 2.
Hypothesis observed : inner (P m) (P m) = eta * E.

(** exp(Z) - 1 = M - A/2 + (exp(Z) - 1 - Z) *)
Definition excess := ((m + (-1 / 2) * a) + rest)%v.

Lemma half_variation : inner (P ((-1 / 2) * a)%v) (P ((-1 / 2) * a)%v) <= K * E ^ 2 / 4.
Proof. eapply Rle_trans; [apply P_contracts|]. rewrite inner_times, inner_times_r, variation. lra. Qed.

(** [prop-3.3] *)
Theorem prop_3_3 : eta * E / 4 - (K / 8 + C) * E ^ 2 <= chi2 excess.
Proof.
  unfold chi2, excess. rewrite !P_plus. pose proof (young_below _ (P m + P ((-1 / 2) * a)%v)%v (P rest)) as Outer.
  pose proof (young_below _ (P m) (P ((-1 / 2) * a)%v)) as Inner. pose proof (P_contracts rest) as R.
  rewrite taylor in R. rewrite observed in Inner. pose proof half_variation. lra.
Qed.

Theorem prop_3_3_small : 0 < K / 8 + C -> E <= eta / (8 * (K / 8 + C)) -> eta * E / 8 <= chi2 excess.
Proof.
  intros Positive Small. eapply Rle_trans; [|exact prop_3_3].
  apply (Rmult_le_compat_l (8 * (K / 8 + C))) in Small; [|lra].
  replace (8 * (K / 8 + C) * (eta / (8 * (K / 8 + C)))) with eta in Small by (field; lra).
  apply (Rmult_le_compat_l E) in Small; [|exact energy_nonneg]. lra.
Qed.

(** [thm-3.4] *)
Theorem thm_3_4 : chi2 excess <= 4 * E + (K + 2 * C) * E ^ 2.
Proof.
  unfold chi2, excess. rewrite !P_plus. pose proof (young_above _ (P m + P ((-1 / 2) * a)%v)%v (P rest)) as Outer.
  pose proof (young_above _ (P m) (P ((-1 / 2) * a)%v)) as Inner. pose proof (P_contracts rest) as R.
  pose proof (P_contracts m) as M. rewrite taylor in R. rewrite energy in M. pose proof half_variation. lra.
Qed.

(** ** Beyond the paper: half instead of a quarter, with the paper's own C = K/8 + C'

    The remainder identity C E^2 - rho = E int Psi dA + E A^2/8 >= 0, Psi = exp(Z) - 1 - Z >= 0, comes from Ito's formula
    for Psi.  Its sign is the hypothesis [remainder]; what follows from it is algebra. *)
Variable observed_share : 0 <= eta.
Hypothesis remainder : inner (excess - m)%v (excess - m)%v <= (K / 8 + C) * E ^ 2.

Lemma near : inner (P excess - P m)%v (P excess - P m)%v <= (K / 8 + C) * E ^ 2.
Proof. rewrite <- P_times, <- P_plus. eapply Rle_trans; [apply P_contracts|exact remainder]. Qed.

(** For every s in (0, 1): (1 - s) eta E - ((1 - s)/s) C E^2 <= chi2 <= (1 + s) eta E + (1 + 1/s) C E^2. *)
Theorem half_below s : 0 < s < 1 -> (1 - s) * (eta * E) - (1 - s) / s * ((K / 8 + C) * E ^ 2) <= chi2 excess.
Proof.
  intros S. pose proof near as N. set (x := P excess) in *. set (y := P m) in *.
  pose proof (inner_pos _ ((1 / s) * (x - y)%v + y)%v) as Q. rewrite square in Q.
  pose proof (square_about _ x y) as X.
  assert (Y : inner y y = eta * E) by exact observed. unfold chi2. fold x. rewrite X, Y in *. clear X.
  set (d := inner (x - y)%v (x - y)%v) in *. set (c := inner (x - y)%v y) in *.
  assert (Q2 : 0 <= d / s + 2 * c + s * (eta * E)).
  { apply (Rmult_le_compat_l s) in Q; [|lra]. rewrite Rmult_0_r in Q.
    replace (s * ((1 / s) ^ 2 * d + 2 * (1 / s) * c + eta * E)) with (d / s + 2 * c + s * (eta * E)) in Q by (field; lra).
    exact Q. }
  assert (Factor : 0 <= (1 - s) / s) by (apply Rmult_le_pos; [lra|left; apply Rinv_0_lt_compat; lra]).
  apply (Rmult_le_compat_l ((1 - s) / s)) in N; [|exact Factor].
  replace ((1 - s) / s * d) with (d / s - d) in N by (field; lra). lra.
Qed.

Theorem half_above s : 0 < s -> chi2 excess <= (1 + s) * (eta * E) + (1 + / s) * ((K / 8 + C) * E ^ 2).
Proof.
  intros S. pose proof near as N. set (x := P excess) in *. set (y := P m) in *.
  pose proof (inner_pos _ ((- / s) * (x - y)%v + y)%v) as Q. rewrite square in Q.
  pose proof (square_about _ x y) as X.
  assert (Y : inner y y = eta * E) by exact observed. unfold chi2. fold x. rewrite X, Y in *. clear X.
  set (d := inner (x - y)%v (x - y)%v) in *. set (c := inner (x - y)%v y) in *.
  apply (Rmult_le_compat_l s) in Q; [|lra]. rewrite Rmult_0_r in Q.
  replace (s * ((- / s) ^ 2 * d + 2 * - / s * c + eta * E)) with (/ s * d - 2 * c + s * (eta * E)) in Q by (field; lra).
  assert (Inverse : 0 < / s) by now apply Rinv_0_lt_compat.
  apply (Rmult_le_compat_l (1 + / s)) in N; [|lra]. lra.
Qed.
End Expansion.
End OneGeneration.

(** ** [limit]: to first order the observable energy is the drift

    Scale the error by a sequence that tends to 0.  Let chi(n) be chi-squared, a(n) > 0 the observable energy, rho(n) the
    remainder of [sharp]; the hypothesis rho/a -> 0 is what the theory of martingales gives (rho is of second order). *)
Theorem limit_chi2 (chi a rho : nat -> R) :
  (forall n, 0 < a n) -> (forall n, 0 <= chi n) -> (forall n, 0 <= rho n) ->
  (forall n, Rabs (sqrt (chi n) - sqrt (a n)) <= sqrt (rho n)) ->
  is_lim_seq (fun n => rho n / a n) 0 -> is_lim_seq (fun n => chi n / a n) 1.
Proof.
  intros A Chi Rho Sharp Small.
  assert (Root : is_lim_seq (fun n => sqrt (rho n / a n)) 0).
  { rewrite <- sqrt_0. apply (is_lim_seq_continuous sqrt); [apply continuity_pt_sqrt; lra|exact Small]. }
  assert (Ratio : is_lim_seq (fun n => sqrt (chi n) / sqrt (a n)) 1).
  { apply (is_lim_seq_ext (fun n => (sqrt (chi n) / sqrt (a n) - 1) + 1)); [intros; ring|].
    replace (Finite 1) with (Finite (0 + 1)) by (f_equal; ring). apply is_lim_seq_plus'; [|apply is_lim_seq_const].
    apply is_lim_seq_abs_0, (is_lim_seq_le_le (fun _ => 0) _ (fun n => sqrt (rho n / a n)));
      [|apply is_lim_seq_const|exact Root].
    intros n. split; [apply Rabs_pos|]. pose proof (sqrt_lt_R0 _ (A n)) as Pos.
    replace (sqrt (chi n) / sqrt (a n) - 1) with ((sqrt (chi n) - sqrt (a n)) * / sqrt (a n)) by (field; lra).
    rewrite Rabs_mult, (Rabs_pos_eq (/ sqrt (a n))) by (left; now apply Rinv_0_lt_compat).
    rewrite sqrt_div by (auto; apply A). apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat|apply Sharp]. }
  replace (Finite 1) with (Finite (1 * 1)) by (f_equal; ring).
  apply (is_lim_seq_ext (fun n => sqrt (chi n) / sqrt (a n) * (sqrt (chi n) / sqrt (a n)))).
  - intros n. pose proof (sqrt_lt_R0 _ (A n)). rewrite <- (pow2_sqrt (chi n)) at 3 by apply Chi.
    rewrite <- (pow2_sqrt (a n)) at 3 by (left; apply A). field. lra.
  - apply is_lim_seq_mult'; exact Ratio.
Qed.
