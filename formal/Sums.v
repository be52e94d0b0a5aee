(** * Sums over generations

    [total n f] is f(0) + ... + f(n-1).  [carried k x N] is what is left in generation N of contributions x(0), ...,
    x(N-1) when every generation i keeps the share k(i) of what it was given:
    [carried k x N = sum over i < N of (product over i < j < N of k(j)) x(i)].
    [kept k N] is the product of all k(i), i < N: what is left of the start. *)
From Coq Require Import Reals Lra Psatz Lia.
Open Scope R_scope.

Fixpoint total (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S m => total m f + f m end.

Fixpoint carried (k x : nat -> R) (n : nat) : R :=
  match n with O => 0 | S m => k m * carried k x m + x m end.

Fixpoint kept (k : nat -> R) (n : nat) : R :=
  match n with O => 1 | S m => k m * kept k m end.

(** ** Rules for sums *)
Lemma total_ext n f g : (forall i, (i < n)%nat -> f i = g i) -> total n f = total n g.
Proof. induction n as [|n IH]; intros E; cbn; [reflexivity|]. rewrite IH, E; auto with arith. Qed.

Lemma total_scal n c f : total n (fun i => c * f i) = c * total n f.
Proof. induction n as [|n IH]; cbn; [ring|rewrite IH; ring]. Qed.

Lemma total_plus n f g : total n (fun i => f i + g i) = total n f + total n g.
Proof. induction n as [|n IH]; cbn; [ring|rewrite IH; ring]. Qed.

Lemma total_zero n : total n (fun _ => 0) = 0.
Proof. induction n as [|n IH]; cbn; [reflexivity|rewrite IH; ring]. Qed.

Lemma total_const n c : total n (fun _ => c) = INR n * c.
Proof. induction n as [|n IH]; [cbn; ring|]. cbn [total]. rewrite IH, S_INR. ring. Qed.

Lemma total_le n f g : (forall i, (i < n)%nat -> f i <= g i) -> total n f <= total n g.
Proof. induction n as [|n IH]; intros L; cbn; [lra|]. apply Rplus_le_compat; auto with arith. Qed.

Lemma total_nonneg n f : (forall i, (i < n)%nat -> 0 <= f i) -> 0 <= total n f.
Proof. intros P. rewrite <- (total_zero n). now apply total_le. Qed.

Lemma total_positive n f : (0 < n)%nat -> (forall i, (i < n)%nat -> 0 < f i) -> 0 < total n f.
Proof.
  destruct n as [|n]; [lia|]. intros _ P; cbn.
  assert (0 <= total n f) by (apply total_nonneg; intros; left; apply P; lia).
  specialize (P n (Nat.lt_succ_diag_r n)). lra.
Qed.

Lemma total_shift n f : total (S n) f = f 0%nat + total n (fun i => f (S i)).
Proof. induction n as [|n IH]; [cbn; ring|]. cbn [total] in *. rewrite IH. ring. Qed.

Lemma total_exchange m n (f : nat -> nat -> R) :
  total m (fun i => total n (fun j => f i j)) = total n (fun j => total m (fun i => f i j)).
Proof.
  induction m as [|m IH]; [cbn; now rewrite total_zero|]. cbn [total]. rewrite IH, <- total_plus. reflexivity.
Qed.

(** ** Rules for what is carried *)
Lemma kept_pos k n : (forall i, 0 <= k i) -> 0 <= kept k n.
Proof. intros K. induction n as [|n IH]; cbn; [lra|]. now apply Rmult_le_pos. Qed.

Lemma kept_const k n : kept (fun _ => k) n = k ^ n.
Proof. induction n as [|n IH]; cbn; [reflexivity|now rewrite IH]. Qed.

Lemma carried_ext k x y n : (forall i, (i < n)%nat -> x i = y i) -> carried k x n = carried k y n.
Proof. induction n as [|n IH]; intros E; cbn; [reflexivity|]. rewrite IH, E; auto with arith. Qed.

Lemma carried_scal k c x n : carried k (fun i => c * x i) n = c * carried k x n.
Proof. induction n as [|n IH]; cbn; [ring|rewrite IH; ring]. Qed.

Lemma carried_plus k x y n : carried k (fun i => x i + y i) n = carried k x n + carried k y n.
Proof. induction n as [|n IH]; cbn; [ring|rewrite IH; ring]. Qed.

Lemma carried_le k x y n : (forall i, 0 <= k i) -> (forall i, (i < n)%nat -> x i <= y i) ->
  carried k x n <= carried k y n.
Proof.
  intros K. induction n as [|n IH]; intros L; cbn; [lra|].
  apply Rplus_le_compat; [apply Rmult_le_compat_l; auto with arith|auto with arith].
Qed.

Lemma carried_nonneg k x n : (forall i, 0 <= k i) -> (forall i, (i < n)%nat -> 0 <= x i) -> 0 <= carried k x n.
Proof.
  intros K P. replace 0 with (carried k (fun _ => 0) n) by (clear P; induction n as [|n IH]; cbn; [|rewrite IH]; ring).
  now apply carried_le.
Qed.

(** With one share k for all generations: the discounted sum of the tables, sum of k^(N-1-i) x(i). *)
Lemma carried_discounted k x n : carried (fun _ => k) x n = total n (fun i => k ^ (n - 1 - i) * x i).
Proof.
  induction n as [|n IH]; [reflexivity|]. cbn [carried total].
  replace (S n - 1 - n)%nat with 0%nat by lia. rewrite IH, <- total_scal. cbn [pow]. f_equal; [|ring].
  apply total_ext; intros i L. replace (S n - 1 - i)%nat with (S (n - 1 - i)) by lia. cbn. ring.
Qed.

Lemma carried_constant k x n : (1 - k) * carried (fun _ => k) (fun _ => x) n = x * (1 - k ^ n).
Proof. induction n as [|n IH]; cbn; [ring|]. rewrite Rmult_plus_distr_l. replace ((1 - k) * (k * carried (fun _ => k) (fun _ => x) n))
    with (k * ((1 - k) * carried (fun _ => k) (fun _ => x) n)) by ring. rewrite IH. ring. Qed.

Lemma carried_geometric g h n : g <> h -> carried (fun _ => g) (fun i => h ^ i) n = (g ^ n - h ^ n) / (g - h).
Proof. intros N. induction n as [|n IH]; cbn; [field; lra|]. rewrite IH. field; lra. Qed.
