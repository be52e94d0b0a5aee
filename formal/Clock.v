(** * A noise schedule is a change of time

    t(u) is the integral of beta.  What carries beta in the parameter has no weight in the clock; with sigma^2 = exp(t) - 1
    the exploding process has the energies of the preserving one. *)
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
Open Scope R_scope.

(** [schedule]: energies of any error, f(t) = E|e|^2, on any schedule with a continuous beta. *)
Theorem schedule (beta clock f : R -> R) a b :
  (forall u, is_derive clock u (beta u)) -> (forall u, continuous beta u) -> (forall t, continuous f t) ->
  is_RInt (fun u => beta u * f (clock u)) a b (RInt f (clock a) (clock b)).
Proof.
  intros Clock Beta F. apply (is_RInt_comp (V := R_CompleteNormedModule) f clock beta a b).
  - intros; apply F.
  - intros; split; [apply Clock|apply Beta].
Qed.

(** The clock of a linear beta. *)
Theorem schedule_linear low rise u : is_derive (fun w => low * w + rise * w ^ 2 / 2) u (low + rise * u).
Proof. auto_derive; [exact I|field]. Qed.

(** Exploding schedules: (a e)^2 d sigma^2 = e^2 dt with a = exp(-t/2). *)
Theorem schedule_exploding t e : is_derive (fun s => exp s - 1) t (exp t) /\ (exp (- t / 2) * e) ^ 2 * exp t = e ^ 2.
Proof.
  split; [auto_derive; [exact I|ring]|].
  replace ((exp (- t / 2) * e) ^ 2 * exp t) with (exp (- t / 2 + - t / 2 + t) * e ^ 2) by (rewrite !exp_plus; ring).
  replace (- t / 2 + - t / 2 + t) with 0 by field. rewrite exp_0. ring.
Qed.

(** The energies of the two are equal: sigma^2 as the clock. *)
Theorem schedule_energies (f : R -> R) T : (forall t, continuous f t) ->
  is_RInt (fun t => exp t * (exp (- t / 2) ^ 2 * f t)) 0 T (RInt f 0 T).
Proof.
  intros F. apply (is_RInt_ext f).
  - intros t _. replace (exp t * (exp (- t / 2) ^ 2 * f t)) with (exp (t + (- t / 2 + - t / 2)) * f t)
      by (rewrite !exp_plus; ring).
    replace (t + (- t / 2 + - t / 2)) with 0 by field. rewrite exp_0. symmetry. apply Rmult_1_l.
  - apply (RInt_correct (V := R_CompleteNormedModule)), (ex_RInt_continuous (V := R_CompleteNormedModule)). intros; apply F.
Qed.
