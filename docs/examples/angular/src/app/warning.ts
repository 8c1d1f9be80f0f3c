import { Component } from '@angular/core'
import { injectSessionExpiring } from 'latchkey/angular'

@Component({
  selector: 'app-warning',
  template: `
    @if (expiring(); as warning) {
      <p role="alert">
        You will be logged out in {{ warning.secondsLeft }} s.
        @if (warning.extendable) {
          <button (click)="warning.extend()">Stay logged in</button>
        }
      </p>
    }
  `,
})
export class Warning {
  readonly expiring = injectSessionExpiring()
}
