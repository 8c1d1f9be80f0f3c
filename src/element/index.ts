export {
  defineSessionDialog,
  type SessionDialogElement,
  type SessionDialogProps,
  type WarningSession,
} from './session-dialog.ts'
