// How times, lengths of time and personal data are written. The server's moments carry the city's offset, so their digits
// are the city's wall clock; a phone in another zone shows them as they are.

const { language } = require('./i18n')
const city = require('./city')

const WEEKDAYS = {
  zh: ['周日', '周一', '周二', '周三', '周四', '周五', '周六'],
  en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
}
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const NEAR = {
  zh: { '-1': '昨天', 0: '今天', 1: '明天', 2: '后天' },
  en: { '-1': 'Yesterday', 0: 'Today', 1: 'Tomorrow' },
}
const DAY_MS = 86400000

/** `2026-11-22` of a moment or a day as the server writes it. */
const dayOf = (moment) => moment.slice(0, 10)

/** `08:30` */
const time = (moment) => moment.slice(11, 16)

/** Today in the city, `2026-11-22`. */
const today = () => city.wallClock().toISOString().slice(0, 10)

/** `11月22日 周日`, `Sun, 22 Nov`; with the year when it is another one. */
function date(moment) {
  const [year, month, day] = dayOf(moment).split('-').map(Number)
  const weekday = WEEKDAYS[language()][new Date(Date.UTC(year, month - 1, day)).getUTCDay()]
  const isThisYear = today().slice(0, 4) === String(year)
  if (language() === 'en') return `${weekday}, ${day} ${MONTHS[month - 1]}${isThisYear ? '' : ` ${year}`}`
  return `${isThisYear ? '' : `${year}年`}${month}月${day}日 ${weekday}`
}

/** `2026年11月22日`, `22 Nov 2026`: of papers, where a weekday says nothing and the year does. */
function fullDate(moment) {
  const [year, month, day] = dayOf(moment).split('-').map(Number)
  return language() === 'en' ? `${day} ${MONTHS[month - 1]} ${year}` : `${year}年${month}月${day}日`
}

/** The last day on which something counts that ends at this moment: at midnight, the day before. */
function lastDay(moment) {
  const isMidnight = time(moment) === '00:00'
  return fullDate(isMidnight ? new Date(Date.parse(dayOf(moment)) - DAY_MS).toISOString() : moment)
}

/** `2026年11月`, `Nov 2026` */
function month(written) {
  const [year, number] = written.split('-').map(Number)
  return language() === 'en' ? `${MONTHS[number - 1]} ${year}` : `${year}年${number}月`
}

/** `今天`, `明天`, else `11月25日 周三`. */
function near(moment) {
  const days = Math.round((Date.parse(dayOf(moment)) - Date.parse(today())) / DAY_MS)
  return NEAR[language()][days] || date(moment)
}

/** `今天 08:30` */
const dateTime = (moment) => `${near(moment)} ${time(moment)}`

/** When something can be done again that can be done in so many seconds: `12 秒后`, `明天 00:00`. */
function whenIn(seconds) {
  const isEnglish = language() === 'en'
  if (seconds < 60) return isEnglish ? `in ${seconds} s` : `${seconds} 秒后`
  if (seconds < 3600) return isEnglish ? `in ${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 60)} 分钟后`
  // Up to the next full minute: whoever comes at the minute that was told finds it open.
  const then = new Date(Math.ceil(city.wallClock(seconds).getTime() / 60000) * 60000)
  return dateTime(then.toISOString())
}

/** `林*`, `欧**`: what stands in lists. */
const maskedName = (name) => (name ? Array.from(name)[0] + '*'.repeat(Math.max(1, Array.from(name).length - 1)) : '')

/** First and last sign of an ID number. */
const maskedIdNumber = (number) =>
  number ? number[0] + '*'.repeat(Math.max(0, number.length - 2)) + number.slice(-1) : ''

module.exports = { dayOf, time, today, date, fullDate, lastDay, month, near, dateTime, whenIn, maskedName, maskedIdNumber }
