// react-idle-timer as at the beginning of its documentation: `useIdleTimer({ timeout, onIdle })` in a component, with
// defaults for everything else.
import './timers.ts'
import { createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { useIdleTimer } from 'react-idle-timer'
import { framesPassed } from './listeners.ts'
import { startPage } from './page.ts'

function Watching({ afterMs, onEnd, onReady }) {
  useIdleTimer({ timeout: afterMs, onIdle: onEnd })
  return createElement('p', { ref: onReady }, 'Watching')
}

startPage({
  event: 'mousemove',
  async watch(afterMs, onEnd) {
    const root = createRoot(document.body.appendChild(document.createElement('main')))
    await new Promise((onReady) =>
      root.render(createElement(Watching, { afterMs, onEnd, onReady })),
    )
    // Effects run after the page was rendered.
    await framesPassed()
    return () => root.unmount()
  },
})
