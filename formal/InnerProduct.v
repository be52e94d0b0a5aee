(** * Spaces with an inner product

    Theorems about retraining need very little of L^2(p): that <x, y> is symmetric, linear in x, and that <x, x> is
    not negative.  (A vector of norm 0 need not be 0: densities that differ on a null set are such vectors.)
    What is proved from these four rules holds in L^2 of every law in every dimension.  At the end two examples show
    that the rules are not empty: functions on finitely many atoms with any weights, and continuous functions on an
    interval with the integral against any continuous density. *)
From Coq Require Import Reals Lra Psatz Lia.
From Coquelicot Require Import Coquelicot.
Require Import Sums.
Open Scope R_scope.

Record space := {
  vector :> Type;
  plus_v : vector -> vector -> vector;
  times : R -> vector -> vector;
  inner : vector -> vector -> R;
  inner_sym : forall x y, inner x y = inner y x;
  inner_plus : forall x y z, inner (plus_v x y) z = inner x z + inner y z;
  inner_times : forall c x z, inner (times c x) z = c * inner x z;
  inner_pos : forall x, 0 <= inner x x }.
Arguments plus_v {_}. Arguments times {_}. Arguments inner {_}.
Declare Scope vector_scope.
Delimit Scope vector_scope with v.
Notation "x + y" := (plus_v x y) : vector_scope.
Notation "c * x" := (times c x) : vector_scope.
Notation "x - y" := (plus_v x (times (-1) y)) : vector_scope.

Section Rules.
Variable H : space.
Implicit Types x y z : H.

Lemma inner_plus_r x y z : inner z (x + y)%v = inner z x + inner z y.
Proof. now rewrite inner_sym, inner_plus, (inner_sym _ x), (inner_sym _ y). Qed.

Lemma inner_times_r c x z : inner z (c * x)%v = c * inner z x.
Proof. now rewrite inner_sym, inner_times, (inner_sym _ x). Qed.

(** The square of a combination, which is all that is needed below. *)
Lemma square c x y : inner (c * x + y)%v (c * x + y)%v = c ^ 2 * inner x x + 2 * c * inner x y + inner y y.
Proof. rewrite inner_plus, inner_times, !inner_plus_r, !inner_times_r, (inner_sym _ y x). ring. Qed.

Lemma square_plus x y : inner (x + y)%v (x + y)%v = inner x x + 2 * inner x y + inner y y.
Proof. rewrite inner_plus, !inner_plus_r, (inner_sym _ y x). ring. Qed.

(** Cauchy and Schwarz: the quadratic polynomial |c x + y|^2 in c is never negative, so its discriminant is not
    positive; a null vector x is treated apart. *)
Theorem cauchy_schwarz x y : inner x y ^ 2 <= inner x x * inner y y.
Proof.
  assert (Q : forall c, 0 <= c ^ 2 * inner x x + 2 * c * inner x y + inner y y).
  { intros c. rewrite <- square. apply inner_pos. }
  pose proof (inner_pos _ x) as X. pose proof (inner_pos _ y) as Y.
  destruct (Req_dec (inner x x) 0) as [Null|Some].
  - rewrite Null in *. destruct (Req_dec (inner x y) 0) as [->|N]; [lra|].
    specialize (Q (- (inner y y + 1) / (2 * inner x y))).
    replace (2 * (- (inner y y + 1) / (2 * inner x y)) * inner x y) with (- (inner y y + 1)) in Q by (field; exact N).
    lra.
  - assert (P : 0 < inner x x) by lra. specialize (Q (- inner x y / inner x x)).
    replace ((- inner x y / inner x x) ^ 2 * inner x x + 2 * (- inner x y / inner x x) * inner x y + inner y y)
      with ((inner x x * inner y y - inner x y ^ 2) / inner x x) in Q by (field; exact Some).
    apply (Rmult_le_compat_l (inner x x)) in Q; [|lra]. rewrite Rmult_0_r in Q.
    replace (inner x x * ((inner x x * inner y y - inner x y ^ 2) / inner x x))
      with (inner x x * inner y y - inner x y ^ 2) in Q by (field; exact Some). lra.
Qed.

Definition norm x := sqrt (inner x x).

Lemma norm_nonneg x : 0 <= norm x.
Proof. apply sqrt_pos. Qed.

Lemma norm_square x : norm x ^ 2 = inner x x.
Proof. apply pow2_sqrt, inner_pos. Qed.

Lemma inner_le x y : inner x y <= norm x * norm y.
Proof.
  pose proof (norm_nonneg x) as X; pose proof (norm_nonneg y) as Y; pose proof (cauchy_schwarz x y) as C.
  rewrite <- !norm_square in C. destruct (Rle_dec (inner x y) 0) as [N|P]; [nra|].
  apply Rsqr_incr_0_var; [unfold Rsqr|]; nra.
Qed.

Lemma inner_ge x y : - (norm x * norm y) <= inner x y.
Proof.
  pose proof (inner_le ((-1) * x)%v y) as L. rewrite inner_times in L.
  assert (E : norm ((-1) * x)%v = norm x).
  { unfold norm. rewrite inner_times, inner_times_r. f_equal. ring. }
  rewrite E in L. lra.
Qed.

Theorem triangle c x y : 0 <= c -> norm (c * x + y)%v <= c * norm x + norm y.
Proof.
  intros C. pose proof (norm_nonneg x); pose proof (norm_nonneg y).
  apply Rsqr_incr_0_var; [unfold Rsqr|nra].
  pose proof (norm_square x); pose proof (norm_square y); pose proof (norm_square (c * x + y)%v) as E.
  rewrite square in E. pose proof (inner_le x y). nra.
Qed.

(** The triangle inequality read backwards: y is (c x + y) less c x. *)
Theorem triangle_back c x y : 0 <= c -> norm y <= norm (c * x + y)%v + c * norm x.
Proof.
  intros C. set (w := (c * x + y)%v). pose proof (norm_nonneg x); pose proof (norm_nonneg w).
  apply Rsqr_incr_0_var; [unfold Rsqr|nra].
  assert (E : inner y y = inner w w - 2 * c * inner x w + c ^ 2 * inner x x).
  { unfold w. rewrite square, inner_plus_r, inner_times_r. ring. }
  pose proof (norm_square x); pose proof (norm_square y); pose proof (norm_square w). pose proof (inner_ge x w). nra.
Qed.

(** |sqrt of squares| differ by at most the norm of the difference. *)
Theorem norms_differ x y : Rabs (norm x - norm y) <= norm (x - y)%v.
Proof.
  assert (E : inner (x - y)%v (x - y)%v = inner x x - 2 * inner x y + inner y y).
  { rewrite square_plus, inner_times_r, inner_times, inner_times_r. ring. }
  rewrite <- (Rabs_pos_eq (norm (x - y)%v)) by apply norm_nonneg. apply Rsqr_le_abs_0. unfold Rsqr.
  pose proof (norm_square x); pose proof (norm_square y); pose proof (norm_square (x - y)%v).
  pose proof (inner_le x y). nra.
Qed.

(** Young: half of one square survives whatever is added. *)
Lemma young_above x y : inner (x + y)%v (x + y)%v <= 2 * inner x x + 2 * inner y y.
Proof. pose proof (inner_pos _ ((-1) * x + y)%v) as P. rewrite square in P. rewrite square_plus. lra. Qed.

Lemma young_below x y : inner x x / 2 - inner y y <= inner (x + y)%v (x + y)%v.
Proof. pose proof (inner_pos _ ((1 / 2) * x + y)%v) as P. rewrite square in P. rewrite square_plus. nra. Qed.
End Rules.

(** ** First example: functions on n atoms, with any weights *)
Program Definition atoms (n : nat) (w : nat -> R) (W : forall i, (i < n)%nat -> 0 <= w i) : space :=
  {| vector := nat -> R; plus_v := fun f g i => f i + g i; times := fun c f i => c * f i;
     inner := fun f g => total n (fun i => w i * f i * g i) |}.
Next Obligation. apply total_ext; intros; ring. Qed.
Next Obligation. rewrite <- total_plus; apply total_ext; intros; ring. Qed.
Next Obligation. rewrite <- total_scal; apply total_ext; intros; ring. Qed.
Next Obligation.
  apply total_nonneg; intros i L. specialize (W i L). rewrite Rmult_assoc. apply Rmult_le_pos; [exact W|nra].
Qed.

(** ** Second example: L^2 of a density p on an interval [a, b], by integrals of continuous functions *)
Record continuous_function := { value :> R -> R; is_continuous : forall t, continuous value t }.

Lemma integrable (f : R -> R) a b : (forall t, continuous f t) -> ex_RInt f a b.
Proof. intros C. apply (ex_RInt_continuous (V := R_CompleteNormedModule)). intros; apply C. Qed.

Lemma continuous_product (f g : R -> R) :
  (forall t, continuous f t) -> (forall t, continuous g t) -> forall t, continuous (fun s => f s * g s) t.
Proof. intros F G t. apply (continuous_mult f g); auto. Qed.

Program Definition add_functions (f g : continuous_function) : continuous_function := {| value := fun t => f t + g t |}.
Next Obligation. apply (continuous_plus (V := R_NormedModule) (fun s => f s) (fun s => g s)); apply is_continuous. Qed.

Program Definition scale_function (c : R) (f : continuous_function) : continuous_function := {| value := fun t => c * f t |}.
Next Obligation. apply continuous_product; [intros; apply continuous_const|apply is_continuous]. Qed.

(** Equations between real numbers that come from Coquelicot's spaces. *)
Ltac reals := unfold plus, scal, opp, minus; cbn; unfold mult; cbn; match goal with |- @eq _ ?x ?y => change (@eq R x y) end; ring.

Section Interval.
Variables (a b : R) (p : continuous_function).
Hypotheses (order : a <= b) (density : forall t, 0 <= p t).

Definition integral (f g : continuous_function) : R := RInt (fun t => p t * f t * g t) a b.

Lemma integrand_continuous (f g : continuous_function) t : continuous (fun s => p s * f s * g s) t.
Proof. apply continuous_product; [apply continuous_product|]; apply is_continuous. Qed.

Program Definition interval : space :=
  {| vector := continuous_function; plus_v := add_functions; times := scale_function; inner := integral |}.
Next Obligation. unfold integral. apply RInt_ext; intros t _. reals. Qed.
Next Obligation.
  unfold integral. rewrite <- (RInt_plus (V := R_CompleteNormedModule)) by (apply integrable, integrand_continuous).
  apply RInt_ext; intros t _; reals.
Qed.
Next Obligation.
  unfold integral. rewrite <- (RInt_scal (V := R_CompleteNormedModule)) by (apply integrable, integrand_continuous).
  apply RInt_ext; intros t _; reals.
Qed.
Next Obligation.
  unfold integral. apply RInt_ge_0; [exact order|apply integrable, integrand_continuous|]. intros t _.
  specialize (density t). rewrite Rmult_assoc. apply Rmult_le_pos; [exact density|nra].
Qed.
End Interval.
