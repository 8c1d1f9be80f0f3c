import { HttpClient, HttpEventType } from '@angular/common/http'
import { Component, inject, signal } from '@angular/core'

@Component({
  selector: 'app-upload',
  template: `
    <input #file type="file" (change)="upload(file.files)" />
    @if (sent() !== null) {
      <progress [value]="sent()" max="1"></progress>
    }
    {{ outcome() }}
  `,
})
export class Upload {
  private readonly client = inject(HttpClient)
  /** The share of the file that has been sent; null while no upload runs. */
  readonly sent = signal<number | null>(null)
  readonly outcome = signal('')

  upload(files: FileList | null) {
    const options = { reportProgress: true, observe: 'events' } as const
    this.sent.set(0)
    this.client.post<{ bytes: number }>('/api/files', files?.[0], options).subscribe({
      next: (event) => {
        if (event.type === HttpEventType.UploadProgress)
          this.sent.set(event.loaded / (event.total ?? event.loaded))
        if (event.type === HttpEventType.Response)
          this.outcome.set(`The server has ${event.body?.bytes} bytes.`)
      },
      error: (error: Error) => this.outcome.set(error.message),
      complete: () => this.sent.set(null),
    })
  }
}
