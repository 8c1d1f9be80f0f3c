import * as React from 'react'
import * as testUtils from 'react-dom/test-utils'

/** Lets React do all that it has to do. */
// eslint-disable-next-line @typescript-eslint/no-deprecated -- where React 18 has it
export const act: typeof React.act = 'act' in React ? React.act : testUtils.act
