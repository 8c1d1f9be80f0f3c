/** The style of the dialog. System colours follow the page's `color-scheme` and the user's forced colours. */
export const STYLE = `
:host { display: contents }
dialog {
  box-sizing: border-box;
  width: 28rem;
  padding: 1.75rem;
  border: 1px solid;
  border-radius: .75rem;
  background: var(--session-dialog-background, Canvas);
  color: var(--session-dialog-color, CanvasText);
}
[open] { display: grid; align-content: start; gap: .75rem }
::backdrop { background: #0008 }
#cover::backdrop { background: var(--session-dialog-cover, Canvas) }
[hidden] { display: none }
h2, p { margin: 0; outline: none }
button {
  padding: .75rem;
  border: 1px solid;
  border-radius: .5rem;
  background: none;
  color: inherit;
  font: inherit;
}
button:focus-visible { outline: 2px solid; outline-offset: -6px }
#stay, #sign-in, #reload {
  background: var(--session-dialog-accent, CanvasText);
  color: var(--session-dialog-on-accent, Canvas);
}
[aria-disabled=true] { opacity: .6 }
#status { position: absolute; opacity: 0 }
`
