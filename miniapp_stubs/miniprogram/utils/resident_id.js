// Resident identity numbers after GB 11643-1999, as the server checks them (core/resident_id.py): never stricter.

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECK_DIGITS = '10X98765432'
const WIDE = '０１２３４５６７８９Ｘｘ'
const NARROW = '0123456789XX'

/** What a person typed, as the standard writes it: full-width and small letters become X, blanks go. */
function normalised(typed) {
  return Array.from(typed.replace(/\s+/g, ''), (sign) => {
    const place = WIDE.indexOf(sign)
    return place < 0 ? sign : NARROW[place]
  })
    .join('')
    .toUpperCase()
}

/** Shape, a birth date of the calendar, and the check digit. */
function isResidentId(number) {
  if (!/^[0-9]{17}[0-9X]$/.test(number) || !isDate(number.slice(6, 14))) return false
  const total = WEIGHTS.reduce((sum, weight, place) => sum + weight * Number(number[place]), 0)
  return CHECK_DIGITS[total % 11] === number[17]
}

function isDate(digits) {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)].map(Number)
  const date = new Date(Date.UTC(2000, 0, 1))
  date.setUTCFullYear(year, month - 1, day)
  return year >= 1 && date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

module.exports = { normalised, isResidentId }
