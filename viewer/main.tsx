import { render } from 'preact'
import './style/base.css'
import './style/shell.css'
import './style/requests.css'
import './style/xray-filter.css'
import './style/trace.css'
import './style/pages.css'
import './style/time-bars.css'
import './style/builder.css'
import './style/clauses.css'
import './style/ask.css'
import './style/answer.css'
import './style/heatmap.css'
import './style/bubble-up.css'
import 'uplot/dist/uPlot.min.css'
import { Shell } from './shell/shell.tsx'

const place = document.getElementById('app')
if (place) render(<Shell />, place)
