import { HttpClient } from '@angular/common/http'
import { Component, inject, signal } from '@angular/core'
import { injectSession } from 'latchkey/angular'
import { firstValueFrom } from 'rxjs'

@Component({
  selector: 'app-login',
  template: `
    <form (submit)="logIn($event, username.value, password.value)">
      @if (reason) {
        <p>Your session has ended: {{ reason }}.</p>
      }
      <input #username name="username" placeholder="alice" autocomplete="username" required />
      <input #password name="password" placeholder="wonderland" type="password" required />
      <button>Log in</button>
      <p role="alert">{{ problem() }}</p>
    </form>
  `,
})
export class Login {
  private readonly client = inject(HttpClient)
  private readonly session = injectSession().session
  readonly reason = new URLSearchParams(location.search).get('reason')
  readonly problem = signal('')

  async logIn(event: Event, username: string, password: string) {
    event.preventDefault()
    this.problem.set('')
    const headers = { 'x-requested-with': 'latchkey' }
    const request = this.client.post('/auth/login', { username, password }, { headers })
    try {
      await this.session.login(await firstValueFrom(request))
      location.assign('/')
    } catch {
      this.problem.set('Wrong name or password')
    }
  }
}
