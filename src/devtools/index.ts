export { devtools, type DevtoolsOptions, type SessionDevtools } from './devtools.ts'
export {
  defineSessionDevtools,
  type SessionDevtoolsElement,
  type SessionDevtoolsProps,
} from './element/session-devtools.ts'
