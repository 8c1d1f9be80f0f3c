export {
  defineSessionDialog,
  type SessionDialogElement,
  type WarningSession,
} from './session-dialog.ts'
