/*
 * proof_matrix.h - who may send where, by which line: one service of Postfix.
 */
#ifndef CHECK_PROOF_MATRIX_H
#define CHECK_PROOF_MATRIX_H

#include "check/guard.h"
#include "check/proof_space.h"

/* Adds the cells of a service, of which a verdict for strangers is known. */
void proof_matrix_fill(const struct proof_task *task,
    const struct proof_service *service, struct proof_space *space,
    struct guard *guard, enum proof_verdict verdict);

/* ---- of proof_postfix.c ---- */

/* What let a session through that was accepted. */
void proof_by_ruling(const struct proof_space *space,
    const struct ruling *ruling, struct arena *arena, struct proof_by *by);

/* Whether a recipient is of the rest of the world, and would go there. */
bool proof_is_foreign(const struct proof_space *space,
    const struct ruling *ruling);

#endif
