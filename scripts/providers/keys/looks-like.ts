const SHAPES: readonly (readonly [RegExp, string])[] = [
  [
    /^(<.*>|\[.*\]|\$\{?\w+\}?|x{3,}|\.{3}|…)$|your[-_ ]|_here$|^(changeme|placeholder|todo|example)/i,
    'a placeholder',
  ],
  [/^(AKIA|ASIA)[A-Z0-9]{16}$/, 'an AWS access key id'],
  [/^[A-Za-z0-9/+]{40}$/, 'an AWS secret access key'],
  [/^hc[a-z]i[ck]_[0-9a-z]{58}$/, 'a Honeycomb ingest key'],
  [/^hc[a-z]mk_/, 'a Honeycomb management key'],
  [/^[A-Za-z0-9]{22}$/, 'a Honeycomb configuration key'],
  [/^[0-9a-f]{32}$/, 'a Rollbar token, or a key of Honeycomb Classic'],
  [/^https?:\/\//, 'an address'],
]

/** What a pasted text is by its form, which is how a key in the wrong place is recognised; undefined for no known form. */
export function looksLike(text: string): string | undefined {
  return SHAPES.find(([shape]) => shape.test(text.trim()))?.[1]
}
