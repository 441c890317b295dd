// What the proofs in GET /api/v1/me say.

/** Whether level 3 was reached at a counter, not with a face. */
const isByHall = (me) => me.proofs.some(({ level, method }) => level === 3 && method === 'hall_code')

module.exports = { isByHall }
