import * as React from 'react'
import * as testUtils from 'react-dom/test-utils'

/** Runs all pending work of React. */
// eslint-disable-next-line @typescript-eslint/no-deprecated -- React 18 has no other
export const act: typeof React.act = 'act' in React ? React.act : testUtils.act
