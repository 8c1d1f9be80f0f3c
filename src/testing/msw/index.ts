export {
  sessionHandlers,
  type SessionBackend,
  type SessionHandlersOptions,
} from './session-handlers.ts'
