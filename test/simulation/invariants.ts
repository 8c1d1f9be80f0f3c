import {
  aLogoutIsNotUndone,
  aSessionThatNobodyEndsIsInUse,
  eventsAndStateAgree,
  theServerHasHeardOfEveryLogout,
  theTabsAgree,
  theTabsSayWhatTheRecordSays,
} from './invariants/at-rest.ts'
import {
  aCallIsSentTwiceAtMost,
  aRequestIsNeverSentWithAnotherSessionsToken,
  everyPromiseSettlesInTime,
  noRequestIsRefusedInASessionThatGoesOn,
  onACalmDayEveryRequestIsAnswered,
  whatAPageSavesAsItLeavesIsSent,
} from './invariants/calls.ts'
import {
  aLogoutIsNotToldAfterTheNextLogin,
  aLogoutNamesItsSession,
  aSessionThatNobodyEndsLives,
  everyEndHasItsReason,
  onACalmDayALogoutIsToldOnce,
} from './invariants/ends.ts'
import { everyTabHearsOfEveryChangeOnce, noListenerRunsUnderTheLock } from './invariants/events.ts'
import {
  aClickInTimeIsInTime,
  aSessionEndsWhenNobodyHasBeenThereForTooLong,
  nobodyIsSignedOutForIdlenessWithoutTwentySecondsOfWarning,
  theServerHasHeardOfWhoeverMayStay,
} from './invariants/idleness.ts'
import type { Invariant } from './invariants/invariant.ts'
import {
  noCallIsSentUnderAnotherUsersName,
  noMoreCallsWaitThanMay,
  writesThatWaitedAreSentOneAfterTheOther,
} from './invariants/parked.ts'
import {
  aGenerationHasOneKey,
  aNewerRecordIsWrittenByUsersOnly,
  sessionTimeNeverRunsBackwards,
  theRecordOnlyMovesForward,
} from './invariants/record.ts'
import {
  everyTabThatRenewsAGenerationSendsTheSameKey,
  onACalmDayABrowserWithoutAUserIsAskedAboutOnce,
  onACalmDayATokenIsRenewedOnceForAllTabs,
  theServerIsNotAskedBeforeTheMomentItHasNamed,
  theServerNeverReportsReuse,
  whatMustOutliveItsPageIsSentWithKeepalive,
  whoIsLoggedInAndVisibleWillWake,
} from './invariants/renewals.ts'
import {
  noRefreshTokenIsPostedAndNoTokenMirrored,
  theTokenGoesToAllowedOriginsOnly,
} from './invariants/secrets.ts'
import {
  anEventIsToldToTheTabsOfItsSession,
  onACalmDayEveryTabHearsOfEveryEvent,
  onACalmDayOneTabHasTheStream,
} from './invariants/stream.ts'
import type { World } from './world.ts'

/**
 * What must hold after every step of every story, in the order in which it is asked: I1 to I12 of the list of failures,
 * in the words of the protocol.
 */
export const invariants: readonly Invariant[] = [
  everyPromiseSettlesInTime,
  everyTabThatRenewsAGenerationSendsTheSameKey,
  onACalmDayATokenIsRenewedOnceForAllTabs,
  onACalmDayABrowserWithoutAUserIsAskedAboutOnce,
  theServerNeverReportsReuse,
  aSessionThatNobodyEndsLives,
  everyEndHasItsReason,
  onACalmDayEveryRequestIsAnswered,
  noRequestIsRefusedInASessionThatGoesOn,
  aSessionEndsWhenNobodyHasBeenThereForTooLong,
  nobodyIsSignedOutForIdlenessWithoutTwentySecondsOfWarning,
  theServerHasHeardOfWhoeverMayStay,
  aClickInTimeIsInTime,
  theRecordOnlyMovesForward,
  sessionTimeNeverRunsBackwards,
  aGenerationHasOneKey,
  aNewerRecordIsWrittenByUsersOnly,
  aRequestIsNeverSentWithAnotherSessionsToken,
  whoIsLoggedInAndVisibleWillWake,
  everyTabHearsOfEveryChangeOnce,
  noListenerRunsUnderTheLock,
  aCallIsSentTwiceAtMost,
  whatAPageSavesAsItLeavesIsSent,
  theTokenGoesToAllowedOriginsOnly,
  noRefreshTokenIsPostedAndNoTokenMirrored,
  whatMustOutliveItsPageIsSentWithKeepalive,
  theServerIsNotAskedBeforeTheMomentItHasNamed,
  aLogoutIsNotToldAfterTheNextLogin,
  aLogoutNamesItsSession,
  onACalmDayALogoutIsToldOnce,
  anEventIsToldToTheTabsOfItsSession,
  onACalmDayEveryTabHearsOfEveryEvent,
  onACalmDayOneTabHasTheStream,
  noCallIsSentUnderAnotherUsersName,
  writesThatWaitedAreSentOneAfterTheOther,
  noMoreCallsWaitThanMay,
]

/** What must hold when everything has come to rest. */
export const atRest: readonly ((world: World) => string | undefined)[] = [
  theTabsAgree,
  theTabsSayWhatTheRecordSays,
  aSessionThatNobodyEndsIsInUse,
  aLogoutIsNotUndone,
  theServerHasHeardOfEveryLogout,
  eventsAndStateAgree,
]
