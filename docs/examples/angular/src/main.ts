import { provideHttpClient, withInterceptors } from '@angular/common/http'
import { Component, inject } from '@angular/core'
import { bootstrapApplication } from '@angular/platform-browser'
import { provideRouter, Router, RouterOutlet } from '@angular/router'
import { provideSession, sessionGuard, sessionInterceptor } from 'latchkey/angular'
import { Login } from './app/login'
import { session } from './app/session'

@Component({
  selector: 'app-root',
  imports: [RouterOutlet],
  template: '<router-outlet />',
})
class App {}

const signedIn = sessionGuard(() => inject(Router).parseUrl('/login'))

bootstrapApplication(App, {
  providers: [
    provideSession(session),
    provideHttpClient(withInterceptors([sessionInterceptor])),
    provideRouter([
      { path: 'login', component: Login },
      { path: '', canActivate: [signedIn], loadComponent: () => import('./app/notes') },
    ]),
  ],
})
