// A face that is shown for something else than the citizen's own level: an elder's, to the helper's phone; one's own, to
// take an account over. The face page does the rest: consent, camera, steps.
//
//     const answer = await faces.shown({ kind: 'elder', challenges: '/api/v1/…', proof: '/api/v1/…', body: {…} })
//
// `proof` is sent `body` with challenge and frames. Null when nothing came of it; a problem that is not the face's is thrown.

let asked = null

/** @param {{kind: 'elder'|'claim', challenges: string, proof: string, body: object}} task @throws {Problem} */
function shown(task) {
  return new Promise((resolve, reject) => {
    asked = { ...task, resolve, reject }
    wx.navigateTo({ url: `/pages/identity/face?kind=${task.kind}`, fail: () => resolve(null) })
  })
}

/** For the face page: what it was opened for; null for the citizen's own level, or when it was opened anew. */
function taken(kind) {
  const task = asked && asked.kind === kind ? asked : null
  asked = null
  return task
}

/** The face page is gone: whoever asked goes on, once the page below is there again. */
function over({ answer = null, problem, resolve, reject }) {
  setTimeout(() => (problem ? reject(problem) : resolve(answer)), 0)
}

module.exports = { shown, taken, over }
