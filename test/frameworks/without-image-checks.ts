import { IMAGE_CONFIG } from '@angular/common'
import type { Provider } from '@angular/core'

/** In development Angular looks at the images of a page after it has loaded, and fails if the test is over by then. */
export const withoutImageChecks: Provider = {
  provide: IMAGE_CONFIG,
  useValue: { disableImageSizeWarning: true, disableImageLazyLoadWarning: true },
}
