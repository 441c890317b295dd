/** Inline styles in CSS: an rpx is 1/750 of the screen's width, which --rpx holds. */
export const rpx = (style) =>
  typeof style === 'string' ? style.replace(/(-?(?:\d*\.)?\d+)rpx\b/g, 'calc(var(--rpx) * $1)') : style
