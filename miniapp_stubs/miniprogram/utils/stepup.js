// What the citizen has to do before a request can succeed: prove more of who they are (phone, real name, face), or agree
// that a department receives their data. It is asked for where they are, and the request is repeated when it is done.
//
//     const answer = await stepup.attempt(this, () => api.post(…))
//
// needs <step-up-sheet id="step-up" /> and <consent-sheet id="consent" /> on the page. A page that has something to lose
// offers `pendingState()`, and takes it up again in onLoad with `await stepup.resumed(this)`.

const acting = require('./acting')
const session = require('./session')
const storage = require('./storage')

const PENDING = 'pending'
const PENDING_MS = 15 * 60 * 1000
const MOST_QUESTIONS = 6
/** A token this young knows of every proof there is. */
const NEWS_MS = 30000
const HOME = '/pages/home/home'

/** Which sheet asks for what is missing. */
const SHEETS = {
  'identity.step_up_needed': '#step-up',
  'identity.personal_data_missing': '#step-up',
  'identity.consent_needed': '#consent',
}

/**
 * Does `run`; asks the citizen for what is missing and does it again.
 * @param page the page that holds the sheets
 * @param {() => Promise<any>} run
 * @throws {Problem} also the one that asked, when the citizen would rather not
 */
async function attempt(page, run) {
  for (let questions = 0; ; questions += 1) {
    try {
      return await (questions === 0 ? informed(run) : run())
    } catch (found) {
      if (questions === 0 && isForSigningIn(found)) {
        await session.signInAgain()
        continue
      }
      const sheet = isForOthers(found) ? null : SHEETS[found.code] && page.selectComponent(SHEETS[found.code])
      if (!sheet || questions === MOST_QUESTIONS || !(await sheet.ask(found))) throw found
    }
  }
}

/** Whoever acts cannot agree for the person they act for: the person does, on their own phone. */
function isForOthers({ code }) {
  const choice = acting.now()
  return code === 'identity.consent_needed' && Boolean(choice) && !choice.may_consent
}

/** Whoever has confirmed nothing yet proves it by signing in a moment ago, for which WeChat asks no question. */
const isForSigningIn = ({ code, facts }) => code === 'identity.step_up_needed' && facts.acr_values === '0'

/** Does `run`; when that wants more proof, looks first whether it was given on another of the citizen's phones. */
async function informed(run) {
  try {
    return await run()
  } catch (found) {
    if (found.code !== 'identity.step_up_needed' || session.tokenAge() < NEWS_MS) throw found
    await session.renewed(await session.accessToken()).catch(() => {
      throw found
    })
    return run()
  }
}

/**
 * The levels to prove, lowest first: 1 phone, 2 real name, 3 face. One that was proved too long ago is proved anew.
 * @param {Problem} found
 * @param {number} assurance what the session has
 */
function missingLevels(found, assurance) {
  const needed = neededLevel(found)
  if (assurance >= needed) return [needed]
  const levels = []
  for (let level = assurance + 1; level <= needed; level += 1) levels.push(level)
  return levels
}

function neededLevel({ code, facts }) {
  if (code === 'identity.step_up_needed') return Number(facts.acr_values)
  return (facts.fields || []).every((field) => field === 'phone') ? 1 : 2
}

/** Keeps where the citizen is and what they have entered, in case that page is gone when they come back. */
async function remember(page) {
  const state = page.pendingState ? page.pendingState() : null
  await storage.setSecret(PENDING, { route: page.route, query: queryOf(page), state, at: Date.now() })
}

const forget = () => storage.remove(PENDING)

/** For a page that is opened: what it had remembered, once; null when nothing or something else was. */
async function resumed(page) {
  const pending = await pendingPage()
  if (!pending || pending.route !== page.route || pending.query !== queryOf(page)) return null
  forget()
  return pending.state
}

function queryOf({ options = {} }) {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
}

async function pendingPage() {
  const pending = await storage.getSecret(PENDING)
  return pending && Date.now() - pending.at < PENDING_MS ? pending : null
}

/** For a page that took a proof (phone, real name, face): back to where the citizen was, also after a restart. */
async function goBack() {
  if (getCurrentPages().length > 1) return wx.navigateBack()
  const pending = await pendingPage()
  return pending ? wx.reLaunch({ url: `/${pending.route}?${pending.query}` }) : wx.switchTab({ url: HOME })
}

module.exports = { attempt, informed, missingLevels, remember, forget, resumed, goBack }
