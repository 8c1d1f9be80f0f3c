/** The variable tells calls apart: clients make one request for equal ones. */
export const ME = 'query Me($number: Int) { me(number: $number) }'
export const ADD_NOTE = 'mutation AddNote($text: String!) { addNote(text: $text) { user text } }'

export interface Me {
  readonly me: string
}

export interface AddNote {
  readonly addNote: { readonly user: string; readonly text: string }
}
