import { HttpClient } from '@angular/common/http'
import { Component, inject, signal } from '@angular/core'
import { injectSession } from 'latchkey/angular'
import type { Observable } from 'rxjs'
import { Upload } from './upload'
import { Warning } from './warning'

@Component({
  selector: 'app-notes',
  imports: [Upload, Warning],
  template: `
    <app-warning />
    <h1>Notes of {{ user.subject() }}</h1>
    <ul>
      @for (note of notes(); track $index) {
        <li>{{ note }}</li>
      }
    </ul>
    <form (submit)="add($event, text)">
      <input #text name="text" required />
      <button>Add</button>
    </form>
    <p role="alert">{{ problem() }}</p>
    <app-upload />
    <button (click)="load()">Reload</button>
    <button (click)="user.session.logout()">Log out</button>
  `,
})
export default class Notes {
  private readonly client = inject(HttpClient)
  readonly user = injectSession()
  readonly notes = signal<string[]>([])
  readonly problem = signal('')

  constructor() {
    this.load()
  }

  load() {
    this.show(this.client.get<string[]>('/api/notes'))
  }

  add(event: Event, input: HTMLInputElement) {
    event.preventDefault()
    this.show(this.client.post<string[]>('/api/notes', { text: input.value }))
    input.value = ''
  }

  private show(answer: Observable<string[]>) {
    this.problem.set('')
    answer.subscribe({
      next: (notes) => this.notes.set(notes),
      error: (error: Error) => this.problem.set(error.message),
    })
  }
}
