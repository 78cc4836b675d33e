import { defineConfig } from 'vite'
import { yourAppPages } from './help/pages-plugin.ts'

export default defineConfig({
  plugins: [yourAppPages()],
  // Relative addresses work below any prefix that a proxy adds.
  base: './',
  // Also where NODE_ENV is not production, as in tests: a build is the same everywhere.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
  build: {
    target: 'es2022',
    // The first versions with light-dark(). For older ones, Vite would replace it by code that ignores the chosen theme.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
    // The Content-Security-Policy forbids `data:` URLs for scripts and styles.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    reportCompressedSize: false,
  },
})
