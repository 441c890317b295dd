// A small city's catalogue, as the API tells it.

const card = (id, zh, en = zh) => ({
  id, version: '1.0.0', kind: 'query', name: { zh, en }, summary: { zh: `${zh}的说明`, en: `About ${en}` }, department: { id: 'd', name: { zh: '某局', en: 'Bureau' } },
  theme: 'housing', audience: ['personal'], icon: null, assurance: 2,
})
const CARDS = [card('gy.fund', '公积金', 'Housing fund'), card('gy.social', '社保', 'Social security')]
const NOTICE = { id: 'n', title: { zh: '元旦安排', en: 'New Year' }, text: { zh: '大厅休息', en: 'Halls are closed' }, since: '2026-11-01T00:00:00+08:00', until: '2099-01-01T00:00:00+08:00' }
const ABOUT = { name: { zh: '贵阳', en: 'Guiyang' }, zone: 'Asia/Shanghai', now: '2026-11-24T10:00:00+08:00', notices: [NOTICE] }
const THEMES = { items: [{ id: 'housing', name: { zh: '住房', en: 'Housing' }, cards: 2 }, { id: 'tax', name: { zh: '税费', en: 'Taxes' }, cards: 0 }] }

module.exports = { card, CARDS, ABOUT, THEMES, NOTICE }
