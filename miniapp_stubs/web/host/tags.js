/** WeChat's own elements. In the page they are called `wx-view`, `wx-button`, … so that none is an element of HTML. */
export const BUILT_IN_TAGS = new Set(
  `page view text image button input textarea form picker picker-view picker-view-column scroll-view swiper swiper-item
  switch checkbox checkbox-group radio radio-group label icon navigator rich-text progress slider web-view cover-view
  cover-image page-container root-portal page-meta match-media camera video canvas map open-data official-account ad`.split(
    /\s+/,
  ),
)
