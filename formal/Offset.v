(** * An error that is the same everywhere: true integrals

    Data N(m, v) on the line, Ornstein-Uhlenbeck diffusion, an offset b(t) of the score.  The variance at time t is
    S(t) = exp(-t) v + 1 - exp(-t), an offset at time t moves the endpoint's mean by Phi(t) b(t) dt with
    Phi(t) = exp(-(t - t0)/2) S(t0)/S(t), and the endpoint is N(m' + Delta, S(t0)) against N(m', S(t0)), Delta = int Phi b.
    Divergences of Gaussians of one variance are their closed forms: KL = Delta^2/(2 S), chi2 = exp(Delta^2/S) - 1. *)
From Coq Require Import Reals Lra Psatz.
From Coquelicot Require Import Coquelicot.
Require Import Sums InnerProduct.
Open Scope R_scope.

Section Offset.
Variables (v t0 T : R) (b : continuous_function).
Hypotheses (variance : 0 < v) (stop : 0 <= t0) (horizon : t0 <= T).

Definition S (t : R) : R := exp (- t) * v + 1 - exp (- t).
Definition Phi (t : R) : R := exp (- (t - t0) / 2) * S t0 / S t.
(** An antiderivative of Phi^2. *)
Definition Psi (t : R) : R := - exp (- (t - t0)) * S t0 ^ 2 / S t.

Lemma S_positive t : 0 <= t -> 0 < S t.
Proof.
  intros [Pos|<-]; unfold S.
  - assert (exp (- t) < 1) by (rewrite <- exp_0; apply exp_increasing; lra). pose proof (exp_pos (- t)). nra.
  - rewrite Ropp_0, exp_0. lra.
Qed.

Lemma Psi_derivative t : 0 <= t -> is_derive Psi t (Phi t ^ 2).
Proof.
  intros N. pose proof (S_positive t N) as P. unfold Psi, S at 2. auto_derive; [unfold S in P; lra|].
  assert (E : exp (- (t - t0)) = exp (- (t - t0) / 2) ^ 2).
  { cbn. rewrite Rmult_1_r, <- exp_plus. f_equal. lra. }
  unfold Phi. replace (t + - t0) with (t - t0) by ring. rewrite E. unfold S in P |- *. field. lra.
Qed.

(** Phi, continued as a constant to negative times, where it has no meaning: continuous everywhere. *)
Definition clamp (t : R) : R := (t + Rabs t) / 2.

Lemma clamp_nonneg t : 0 <= clamp t.
Proof. unfold clamp. pose proof (Rle_abs (- t)) as L. rewrite Rabs_Ropp in L. lra. Qed.

Lemma clamp_id t : 0 <= t -> clamp t = t.
Proof. intros N. unfold clamp. rewrite Rabs_pos_eq by exact N. lra. Qed.

Lemma clamp_continuous t : continuous clamp t.
Proof.
  unfold clamp. apply (continuous_ext (fun s => (s + Rabs s) * / 2)); [reflexivity|].
  apply (continuous_mult (fun s => s + Rabs s) (fun _ => / 2)); [|apply continuous_const].
  apply (continuous_plus (V := R_NormedModule) (fun s => s) Rabs); [apply continuous_id|apply continuous_Rabs].
Qed.

Lemma Phi_continuous t : 0 <= t -> continuous Phi t.
Proof.
  intros N. apply (ex_derive_continuous (V := R_NormedModule)). pose proof (S_positive t N) as P.
  unfold Phi, S at 2. auto_derive. unfold S in P. lra.
Qed.

Program Definition response : continuous_function := {| value := fun t => Phi (clamp t) |}.
Next Obligation. apply continuous_comp; [apply clamp_continuous|apply Phi_continuous, clamp_nonneg]. Qed.

Program Definition one : continuous_function := {| value := fun _ => 1 |}.
Next Obligation. apply continuous_const. Qed.

Lemma one_nonneg t : 0 <= one t.
Proof. cbn. lra. Qed.

Lemma within t : Rmin t0 T < t < Rmax t0 T -> 0 <= t.
Proof. rewrite Rmin_left by exact horizon. lra. Qed.

Definition energy : R := RInt (fun t => b t ^ 2) t0 T.
Definition displacement : R := RInt (fun t => Phi t * b t) t0 T.

Lemma response_energy : RInt (fun t => Phi t ^ 2) t0 T = S t0 - exp (- (T - t0)) * S t0 ^ 2 / S T.
Proof.
  apply is_RInt_unique.
  replace (S t0 - exp (- (T - t0)) * S t0 ^ 2 / S T) with (minus (Psi T) (Psi t0)).
  - apply (is_RInt_derive Psi).
    + intros t L. apply Psi_derivative. rewrite Rmin_left in L by exact horizon. lra.
    + intros t L. rewrite Rmin_left in L by exact horizon. assert (N : 0 <= t) by lra.
      apply (continuous_mult Phi (fun s => Phi s * 1)); [now apply Phi_continuous|].
      apply (continuous_mult Phi (fun _ => 1)); [now apply Phi_continuous|apply continuous_const].
  - unfold minus, plus, opp, Psi; cbn -[pow]. replace (- (t0 - t0)) with 0 by ring. rewrite exp_0.
    pose proof (S_positive t0 stop). pose proof (S_positive T ltac:(lra)). field; lra.
Qed.

Lemma in_space (f g : continuous_function) : integral t0 T one f g = RInt (fun t => f t * g t) t0 T.
Proof. unfold integral. apply RInt_ext; intros; cbn; ring. Qed.

(** Observability is at most one: Delta^2/S(t0) <= eps^2.  Cauchy-Schwarz, and int Phi^2 <= S(t0). *)
Theorem observable_at_most_energy : displacement ^ 2 / S t0 <= energy.
Proof.
  pose proof (cauchy_schwarz (interval t0 T one horizon one_nonneg) response b) as C. cbn [inner interval] in C.
  rewrite !in_space in C. pose proof (S_positive t0 stop) as Pos.
  replace (RInt (fun t => response t * b t) t0 T) with displacement in C.
  2: { unfold displacement. apply RInt_ext; intros t L. cbn. rewrite clamp_id by (apply within, L). reals. }
  replace (RInt (fun t => response t * response t) t0 T) with (RInt (fun t => Phi t ^ 2) t0 T) in C.
  2: { apply RInt_ext; intros t L. cbn. rewrite clamp_id by (apply within, L). reals. }
  replace (RInt (fun t => b t * b t) t0 T) with energy in C.
  2: { unfold energy. apply RInt_ext; intros t _. reals. }
  rewrite response_energy in C. assert (E : 0 <= energy).
  { unfold energy. apply RInt_ge_0; [exact horizon| |intros; apply pow2_ge_0].
    apply (ex_RInt_ext (fun t => b t * b t)); [intros; reals|]. apply integrable, continuous_product; apply is_continuous. }
  assert (L : 0 <= exp (- (T - t0)) * S t0 ^ 2 / S T).
  { apply Rmult_le_pos; [|left; apply Rinv_0_lt_compat, S_positive; lra].
    apply Rmult_le_pos; [left; apply exp_pos|apply pow2_ge_0]. }
  apply (Rmult_le_reg_l (S t0)); [exact Pos|].
  replace (S t0 * (displacement ^ 2 / S t0)) with (displacement ^ 2) by (field; lra).
  eapply Rle_trans; [exact C|]. apply Rmult_le_compat_r; lra.
Qed.

(** [prop-3.1] and [girsanov-forward]: both energies are [energy], both divergences Delta^2/(2 S). *)
Theorem prop_3_1_offset : displacement ^ 2 / (2 * S t0) <= energy / 2.
Proof.
  pose proof observable_at_most_energy. pose proof (S_positive t0 stop).
  replace (displacement ^ 2 / (2 * S t0)) with (displacement ^ 2 / S t0 / 2) by (field; lra). lra.
Qed.

(** [path-chi2], with chi2 = exp(.) - 1 on both sides. *)
Theorem path_chi2_offset : exp (displacement ^ 2 / S t0) - 1 <= exp energy - 1.
Proof.
  destruct observable_at_most_energy as [L|L]; [|rewrite L; lra].
  pose proof (exp_increasing _ _ L). lra.
Qed.

(** Chi-squared is at least the observable energy: far above a quarter of it. *)
Theorem prop_3_3_offset : displacement ^ 2 / S t0 <= exp (displacement ^ 2 / S t0) - 1.
Proof. pose proof (exp_ineq1_le (displacement ^ 2 / S t0)). lra. Qed.
End Offset.
