(** * An error that nobody sees

    [impossibility] in the plane: for a Gaussian density q with any precision matrix and any mean, the swirl
    e = s A grad log q, A the quarter turn, has div(q e) = 0 at every point.  So q solves the same Fokker-Planck equation
    with the error and without it; that this equation has one solution is taken from analysis.  The energy of s e is
    s^2 times that of e: as large as one likes. *)
From Coq Require Import Reals Lra Psatz.
From Coquelicot Require Import Coquelicot.
Open Scope R_scope.

(** Exponentials of equal exponents, made one. *)
Ltac one_exponential :=
  repeat match goal with
  | |- context [exp ?a] => match goal with
    | |- context [exp ?b] => lazymatch a with b => fail | _ => replace (exp a) with (exp b) by (f_equal; field) end
    end
  end.

Section Swirl.
Variables (height u v w mx my s : R).

(** A density proportional to exp(-(u x^2 + 2 v x y + w y^2)/2) about the mean. *)
Definition q (x y : R) : R :=
  height * exp (- (u * (x - mx) ^ 2 + 2 * v * (x - mx) * (y - my) + w * (y - my) ^ 2) / 2).

(** grad log q *)
Definition score_x (x y : R) : R := - (u * (x - mx) + v * (y - my)).
Definition score_y (x y : R) : R := - (v * (x - mx) + w * (y - my)).

Lemma score_x_is x y : is_derive (fun x => q x y) x (q x y * score_x x y).
Proof. unfold q, score_x. auto_derive; [exact I|]. one_exponential. field. Qed.

Lemma score_y_is x y : is_derive (fun y => q x y) y (q x y * score_y x y).
Proof. unfold q, score_y. auto_derive; [exact I|]. one_exponential. field. Qed.

Definition swirl_x (x y : R) : R := s * score_y x y.
Definition swirl_y (x y : R) : R := - s * score_x x y.

(** The divergence of q e: both derivatives exist, and they cancel. *)
Theorem impossibility x y : exists a, is_derive (fun x => q x y * swirl_x x y) x a
  /\ is_derive (fun y => q x y * swirl_y x y) y (- a).
Proof.
  exists (s * (q x y * score_x x y * score_y x y - q x y * v)). split.
  - unfold q, swirl_x, score_x, score_y. auto_derive; [exact I|]. one_exponential. field.
  - unfold q, swirl_y, score_x, score_y. auto_derive; [exact I|]. one_exponential. field.
Qed.

(** The swirl is orthogonal to the score, and its length at a point is s times that of the score. *)
Theorem swirl_length x y : swirl_x x y ^ 2 + swirl_y x y ^ 2 = s ^ 2 * (score_x x y ^ 2 + score_y x y ^ 2).
Proof. unfold swirl_x, swirl_y. ring. Qed.
End Swirl.
