// Functions of wx.* that a browser cannot have. They are there and fail, so that whoever calls them hears of it.

import { asynchronousAll, Failure } from './convention.js'

const NAMES = `chooseAddress chooseContact chooseInvoiceTitle chooseLicensePlate chooseLocation chooseMessageVideo
addPhoneContact addCard openCard getLocation getFuzzyLocation startLocationUpdate openLocation
requestPayment requestSubscribeMessage requestFacialVerify checkIsSupportFacialRecognition startFacialRecognitionVerify
startSoterAuthentication checkIsSupportSoterAuthentication checkIsSoterEnrolledInDevice ncidas getUserProfile getUserInfo
getPhoneNumber navigateToMiniProgram openEmbeddedMiniProgram openCustomerServiceChat openOfficialAccountArticle shareAppMessage
showShareMenu hideShareMenu updateShareMenu openDocument saveFile saveImageToPhotosAlbum saveVideoToPhotosAlbum
connectSocket openBluetoothAdapter startBeaconDiscovery connectWifi getNFCAdapter startHCE startRecord playVoice
canvasToTempFilePath getWeRunData loadFontFace setInnerAudioOption getScreenBrightness setScreenBrightness startAccelerometer
startCompass startGyroscope getBatteryInfo setVisualEffectOnCapture
openPrivacyContract restartMiniProgram exitMiniProgram`.split(/\s+/)

export const unavailable = asynchronousAll(
  Object.fromEntries(
    NAMES.map((name) => [
      name,
      () => {
        throw new Failure('not supported in a browser')
      },
    ]),
  ),
)
