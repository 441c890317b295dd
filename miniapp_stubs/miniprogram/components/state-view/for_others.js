// What cannot be done for somebody else, or only for somebody else: why, and the way on.

const acting = require('../../utils/acting')
const { fill } = require('../../utils/i18n')

const ofOneself = (title, text) => (_found, t) => ({
  icon: 'usergroup',
  title: fill(t.acting[title], acting.shown() || { name: '' }),
  text: t.acting[text],
  ...wayBack(t),
})

const wayBack = (t) =>
  acting.now()
    ? { action: 'self', label: t.acting.toMyself }
    : { action: 'home', label: t.home }

const BY_CODE = {
  'identity.acting.ended': (_found, t) => ({
    icon: 'info-circle',
    title: t.acting.ended,
    text: t.acting.endedText,
    action: 'home',
    label: t.home,
  }),
  'identity.acting.not_allowed': ofOneself('own', 'ownText'),
  'identity.acting.person_needed': ofOneself('person', 'personText'),
  'identity.acting.beyond_grant': ofOneself('beyond', 'beyondText'),
  'card.no_acting': ofOneself('noActing', 'noActingText'),
  'identity.enterprise.suspended': ofOneself('suspended', 'suspendedText'),
  'card.wrong_audience': (found, t) => {
    const isForEnterprises = (found.facts.audience || []).includes('enterprise')
    if (!isForEnterprises) return ofOneself('personal', 'personalText')(found, t)
    return {
      icon: 'building-1',
      title: t.acting.enterprise,
      text: t.acting.enterpriseText,
      action: 'choose',
      label: t.acting.choose,
    }
  },
}

/** Consent that whoever acts cannot give; null when it is the citizen's to give. */
function consentOfOthers(t) {
  const choice = acting.now()
  if (!choice || choice.may_consent) return null
  const { isEnterprise } = acting.shown()
  return {
    icon: 'secured',
    title: isEnterprise ? t.acting.consentEnterprise : t.acting.consent,
    text: isEnterprise ? t.acting.consentEnterpriseText : t.acting.consentText,
    ...wayBack(t),
  }
}

module.exports = { BY_CODE, consentOfOthers }
