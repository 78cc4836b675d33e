/** Of a service on the map. Pixels. */
export const NODE_WIDTH = 212
export const NODE_HEIGHT = 78
/** More would be a page of lines; the busiest are drawn, and the table has all. */
export const MAX_NODES = 80
/** A map up to this wide is made to fit the page; a wider one scrolls, so that it can be read. Pixels. */
export const MAX_FITTED_WIDTH = 1_700
