// A family and an enterprise, as the API tells them.

const { NOW, text } = require('./park')

const EVERYTHING = { mode: 'all_but', themes: [], cards: [], operations: [] }
const RELATION = {
  id: 'r1',
  kind: 'helper',
  side: 'person',
  name: '韩**',
  limits: { ...EVERYTHING, mode: 'only', cards: ['gy.parks'] },
  since: NOW,
  expires_at: '2026-12-24T10:00:00+08:00',
  live: true,
  ended_at: null,
  ended_by: null,
  uses: 2,
  used_at: NOW,
  managed: false,
}
const CHILD = {
  ...RELATION,
  id: 'r2',
  kind: 'guardian',
  side: 'helper',
  name: '苏*',
  limits: EVERYTHING,
  expires_at: null,
  uses: 0,
  used_at: null,
  managed: true,
}
const OVER = { ...RELATION, id: 'r3', live: false, ended_at: NOW, ended_by: 'helper' }
const CHOICE = { grant_id: 'r2', capacity: 'guardian', name: '苏*', limits: EVERYTHING, may_consent: true, expires_at: null }
const OF_FIRM = { ...CHOICE, grant_id: 'm1', capacity: 'agent', name: '某某公司', expires_at: '2026-12-24T10:00:00+08:00' }
const ENTERPRISE = {
  id: 'e1',
  name: '某某公司',
  credit_code: '91************458K',
  role: 'legal_representative',
  grant_id: 'm0',
  limits: EVERYTHING,
  may_consent: true,
  operating: true,
  confirmed_at: NOW,
  expires_at: null,
  live: true,
}
const AGENT = {
  id: 'm1',
  name: '彭**',
  limits: { ...EVERYTHING, operations: ['gy.parks/booking'] },
  may_consent: false,
  since: NOW,
  expires_at: '2026-12-24T10:00:00+08:00',
  live: true,
  ended_at: null,
  ended_by: null,
  uses: 1,
  used_at: NOW,
}
const CODE = { status: 201, data: { code: 'BACBY-9A2MM', qr_svg: '<svg/>', expires_at: '2026-11-24T10:10:00+08:00' } }
const THEMES = { data: { items: [{ id: 'culture', name: text('文化旅游', 'Culture'), cards: 1 }] } }

module.exports = { EVERYTHING, RELATION, CHILD, OVER, CHOICE, OF_FIRM, ENTERPRISE, AGENT, CODE, THEMES }
