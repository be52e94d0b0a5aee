(** * Samplers between the stochastic and the deterministic one

    e is the error of the score, g the gradient of log(p^/q), both in L^2 of the learned law at one time; lam > 0 is
    the stochasticity and k = (1 + lam^2)/2.  KL changes at the rate k <e, g> - lam^2/2 <g, g>. *)
From Coq Require Import Reals Lra Psatz.
From Coquelicot Require Import Coquelicot.
Require Import Sums InnerProduct.
Open Scope R_scope.

(** The bound's density less that rate is a square. *)
Theorem lambda_slack (H : space) (e g : H) lam : 0 < lam ->
  (1 + lam ^ 2) ^ 2 / (8 * lam ^ 2) * inner e e - ((1 + lam ^ 2) / 2 * inner e g - lam ^ 2 / 2 * inner g g) =
  lam ^ 2 / 2 * inner ((1 + lam ^ 2) / (2 * lam ^ 2) * e + (-1) * g)%v ((1 + lam ^ 2) / (2 * lam ^ 2) * e + (-1) * g)%v.
Proof.
  intros L. rewrite square, inner_times, !inner_times_r. field. lra.
Qed.

Theorem best_stochasticity lam : 0 < lam -> 1 / 2 <= (1 + lam ^ 2) ^ 2 / (8 * lam ^ 2).
Proof.
  intros L. apply (Rmult_le_reg_l (8 * lam ^ 2)); [nra|].
  replace (8 * lam ^ 2 * ((1 + lam ^ 2) ^ 2 / (8 * lam ^ 2))) with ((1 + lam ^ 2) ^ 2) by (field; lra).
  pose proof (pow2_ge_0 (1 - lam ^ 2)). nra.
Qed.

(** The flow: its rate is <e, g>/2, at most half the product of the norms. *)
Theorem flow_kl (H : space) (e g : H) : 1 / 2 * inner e g <= 1 / 2 * (norm _ e * norm _ g).
Proof. pose proof (inner_le _ e g). lra. Qed.

(** On N(0, 1) a constant error of energy E over the time T has KL = E T/8: more than C E for some T, whatever C. *)
Theorem flow_no_energy_bound C E : 0 < E -> exists T, 0 < T /\ C * E < (sqrt (E / T) * T / 2) ^ 2 / 2.
Proof.
  intros P. exists (8 * (Rabs C + 1)). pose proof (Rle_abs C) as A. pose proof (Rabs_pos C) as B.
  set (T := 8 * (Rabs C + 1)). assert (Pos : 0 < T) by (unfold T; lra). split; [exact Pos|].
  replace ((sqrt (E / T) * T / 2) ^ 2 / 2) with (sqrt (E / T) ^ 2 * T ^ 2 / 8) by field.
  rewrite pow2_sqrt by (apply Rlt_le, Rdiv_lt_0_compat; assumption).
  replace (E / T * T ^ 2 / 8) with (E * T / 8) by (field; lra). unfold T. nra.
Qed.
