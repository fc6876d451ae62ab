// The same refusals in the other languages that mail servers are made to speak. Words that English does not have,
// so that these rows may stand before the English ones that read less carefully.
import type { Rule } from '../rule.js';

/** Refused, denied, not allowed, in the Latin-script languages below. */
const NO = [
  'verweigert|abgelehnt|verboten|untersagt|unzulässig|unerlaubt|nicht (?:erlaubt|gestattet|zugelassen|möglich|zulässig|berechtigt|autorisiert|unterstützt)',
  'refusée?s?|interdite?s?|non[ -](?:autorisée?s?|permise?s?|permis|accordée?)|pas (?:autorisée?s?|permise?s?|permis|accepté)|rejetée?s?',
  'denegad[oa]|no (?:está )?(?:permitid[oa]|autorizad[oa]|admitid[oa])|prohibid[oa]|rechazad[oa]|no se permite',
  'negat[oa]|rifiutat[oa]|vietat[oa]|non (?:è )?(?:consentit[oa]|permess[oa]|autorizzat[oa]|ammess[oa])',
  'negad[oa]|não (?:é )?(?:permitid[oa]|autorizad[oa])|nao (?:permitid[oa]|autorizad[oa])|proibid[oa]|recusad[oa]|rejeitad[oa]',
  'geweigerd|verboden|niet (?:toegestaan|toegelaten|geautoriseerd|geaccepteerd)',
  'zabronion[eya]|niedozwolon[eya]|odrzucon[eya]|odmówiono|nie (?:jest )?dozwolon[eya]|zakazan[eoa]|nedovolen[oaé]|odmítnut[oaé]|zakázán[oa]?',
  'nekad|nekas|avvisad|ej tillåt[et]n?|inte tillåt[et]n?|ikke tillat[dt]?|ikke tilladt|nektet|afvist|nægtet|kielletty|evätty|reddedildi|izin verilmiyor|yasak',
].join('|');

/** Relaying in those languages; `relay` itself is used in all of them. */
const PASS_ON =
  '(?:e-?mail[ -]?|smtp[ -]?|mail[ -]?)?(?:relay\\w*|relais|relayage|weiterleit\\w+|weiterreich\\w+|retransmisi[oó]n|retransmitir|retransmettre|reenv[ií]o|reenviar|inoltro|inoltrare|encaminhar|reencaminhar|encaminhamento|retransmissão|reencaminhamento|doorsturen|doorzenden|przekazywani[ea]|przesyłani[ea]|předávání|přeposílání|vidarebefordran|videresending|videresendelse|välitys|aktarma)';

const AUTH =
  '(?:authentifi[zk]ierung|authentifikation|authentisierung|anmeldung|authentification|autenticaci[oó]n|autenticazione|autenticaç[ãa]o|autenticacao|authenticatie|aanmelding|uwierzytelnieni[ea]|uwierzytelniani[ea]|autoryzacj[aię]|autentizace|ověření|přihlášení|autentisering|autentificare|kimlik doğrulama(?:sı)?|identification|identificación)';
const REQUIRED =
  '(?:erforderlich|notwendig|nötig|benötigt|verlangt|requise?|nécessaire|obligatoire|exigée?|requerid[oa]|necesari[oa]|obligatori[oa]|richiest[oa]|necessari[oa]|obbligatori[oa]|necessári[oa]|obrigatóri[oa]|exigid[oa]|vereist|nodig|verplicht|wymagan[eya]|konieczn[eya]|vyžadován[oa]|nutné|krävs|kreves|påkrævet|gerekli|gerekiyor|necesară)';

const SENDER =
  '(?:absender\\p{L}*|expéditeur|remitente|mittente|remetente|afzender\\p{L}*|nadawc\\p{L}+|avsändar\\p{L}+|отправител\\p{L}+)';

export const LANGUAGES: readonly Rule[] = [
  // It is the From that may not; another may.
  {
    reason: 'sender-not-owned',
    says: new RegExp(`(?<!\\p{L})${SENDER} (?:${NO})(?: [\\p{L}'-]+){0,3} ${PASS_ON}`, 'u'),
  },
  // Given only to who logs in: ahead of what only some may pass on.
  {
    reason: 'authentication-required',
    code: /^5/,
    says: /(?<!\p{L})(?:s[oó]lo|solamente|[uú]nicamente|apenas|somente|soltanto|seuls?|uniquement|nur|alleen|enkel|tylko|pouze|endast|kun|только|лишь|réservé|reservado|riservato|vorbehalten)(?: [\p{L}'-]+){0,3}? (?:autenticad|autentificad|autenticat|authentifié|identifié|angemeldete|authentifizierte|authentisierte|geauthenticeerde|ingelogde|uwierzytelni|zalogowan|autorizovan|přihlášen|autentiserade|inloggade|авторизо|аутентифиц)\p{L}*/u,
  },
  {
    reason: 'relay-denied',
    code: /^5/,
    says: new RegExp(
      `(?<!\\p{L})(?:versand|versenden|senden|zustellung|mails?|envois?|envoyer|envío|enviar|invio|inviare|envio|verzenden|wysyłani[ea]|wysyłka)(?: [\\p{L}-]+){0,3}? (?:an|vers|à|a|para|verso|naar|do|na) (?:[\\p{L}'-]+ ){0,2}?(?:fremde\\p{L}*|externe\\p{L}*|andere\\p{L}*|extérieure?s?|étrang\\p{L}+|externes?|extern[oa]s?|estern[oi]|ajen[oa]s?|zewnętrzn\\p{L}+|obc\\p{L}+)(?: [\\p{L}-]+){0,4}? (?:${NO})|(?<!\\p{L})(?:${NO})(?: [\\p{L}'-]+){0,3}? (?:enviar|envoyer|inviare|versenden|senden|verzenden)(?: [\\p{L}'-]+){0,3}? (?:fremde\\p{L}*|externe\\p{L}*|extern[oa]s?|externes?|estern[oi]|extérieurs?)(?!\\p{L})`,
      'u',
    ),
  },
  {
    reason: 'relay-denied',
    says: /(?:отправк|доставк|пересылк)\p{L}* (?:\p{L}+ ){0,2}?(?:внешн|чуж|сторонн)\p{L}+.{0,30}(?:запрещ|не разреш|отклон|невозмож)/u,
  },
  {
    reason: 'relay-denied',
    says: new RegExp(
      `(?<!\\p{L})${PASS_ON}(?: [\\p{L}<>\\[\\]'-]+){0,6}?[ :,]+(?:${NO})|(?<!\\p{L})(?:${NO})(?: [\\p{L}'-]+){0,4} ${PASS_ON}`,
      'u',
    ),
  },
  {
    reason: 'relay-denied',
    says: /(?<!\p{L})(?:kein(?:e|en)?|aucune?|nessun[oa]?|ningún|geen|brak|žádné|ingen|nenhum) (?:(?!frage|problem|question|cuestión|questione)\p{L}+ ){0,2}(?:relay\p{L}*|relais|weiterleitung|retransmisión|inoltro)|leite[tn]? (?:[\p{L}-]+ ){0,3}(?:nicht|keine (?:\p{L}+ )?(?:e-?mails?|mails?|nachrichten|post)) weiter|ne (?:relaye|relayons|relaie) pas|no retransmit|n'est pas un relais|nie przekazujemy|ikke et relay/u,
  },
  {
    reason: 'relay-denied',
    says: /(?:relay|пересылк|ретрансляц|рел[еэ]|пересила|ретранс)\p{L}*.{0,40}(?:запрещ|не разреш|отклон|отказ|невозмож|заборон|недопуст)|(?:запрещ|не разреш|отказано|заборон)\p{L}*.{0,30}(?:пересылк|ретрансляц|рел[еэ])/u,
  },
  {
    reason: 'relay-denied',
    says: /(?:中継|リレー|転送).{0,20}(?:許可|拒否|禁止|でき|不可|認め)|(?:不允许|禁止|拒绝|不能|不支持|無法|不允許|拒絕|无法).{0,8}(?:中继|中繼|转发|轉發|转寄|轉寄|relay)|(?:中继|中繼|转发|轉發|轉寄).{0,10}(?:拒绝|拒絕|禁止|不允许|不允許)|(?:릴레이|중계).{0,20}(?:거부|금지|허용)/u,
  },
  {
    reason: 'authentication-required',
    says: new RegExp(
      `(?<!\\p{L})(?:smtp[ -])?${AUTH}(?: [\\p{L}'-]+){0,4}? ${REQUIRED}|(?<!\\p{L})(?:${REQUIRED}|se requiere|requiere|se necesita|benötigt|erfordert|richiede|requiert|exige|requer|vereist|wymaga|vyžaduje|kräver|kræver)(?: [\\p{L}'-]+){0,3} ${AUTH}`,
      'u',
    ),
  },
  {
    reason: 'authentication-required',
    says: /(?:zuerst|erst|bitte|müssen sich|vorher) (?:\p{L}+ ){0,3}(?:authentifizieren|authentisieren|anmelden|einloggen)|veuillez (?:vous |d'abord )*(?:authentifier|identifier)|vous (?:devez|authentifier)(?: \p{L}+){0,3} (?:authentifier|identifier|connecter)|(?:debe|tiene que|debes) (?:\p{L}+ )?(?:autenticarse|identificarse|iniciar sesión)|(?:devi|è necessario|occorre) (?:\p{L}+ )?autenticar(?:ti|si)|(?:deve|precisa|é necessário) (?:\p{L}+ )?(?:autenticar|se autenticar)|(?:musisz|należy|proszę) (?:\p{L}+ ){0,3}(?:uwierzytelnić|zalogować)|u moet (?:\p{L}+ ){0,3}(?:aanmelden|inloggen|authenticeren)|nicht (?:authentifiziert|angemeldet)|non authentifiée?|no autenticado|non autenticato|niet geauthenticeerd|pas authentifiée?/u,
  },
  {
    reason: 'authentication-required',
    says: /(?:требуется|необходим\p{L}*|нужн\p{L}+|потрібн\p{L}+|пройдите).{0,30}(?:авториз|аутентифик|автентифік)|авторизуйтесь|аутентифицируйтесь|авторизуйтеся|(?:авториз|аутентифик)\p{L}+.{0,20}(?:обязател|требуется|необходим)|認証(?:が|を)?.{0,8}(?:必要|要求|行っ|してくだ)|(?:需要|请先|請先|必须|必須|要求|先).{0,8}(?:认证|認證|身份验证|身份驗證|验证|驗證|登录|登入|授权|授權)|인증.{0,8}(?:필요|요구)/u,
  },
  {
    reason: 'authentication-failed',
    says: new RegExp(
      `(?<!\\p{L})${AUTH}(?: [\\p{L}'-]+){0,3}? (?:fehlgeschlagen|gescheitert|échouée?|invalide|falló|fallida|fallita|falhou|mislukt|nieudane|selhal[oa]|misslyckades)|échec (?:de l'|d'|lors de l')?authentification|error de autenticaci|(?:ошибка|неверн\\p{L}+|не удалась|сбой).{0,20}(?:авториз|аутентифик|парол|логин)|認証に失敗|(?:认证|認證|身份验证|验证)失败|密码错误`,
      'u',
    ),
  },
  // qmail's `that domain isn't in my list of allowed rcpthosts`, translated.
  {
    reason: 'relay-denied',
    code: /^5/,
    says: /(?<!\p{L})(?:dom[ií]nio|domaine|domein|domain|domäne|домен)(?: \p{L}+){0,2} (?:no est[áa]|não (?:está|consta|faz parte)|non è|n'est pas|(?:is )?niet|(?:ist )?nicht|не)(?: [\p{L}']+){0,4} (?:lista|liste|lijst|списк)/u,
    unless: new RegExp(SENDER, 'u'),
  },
  // The sender is refused for what it is, or for whom it belongs to.
  {
    reason: 'sender-not-owned',
    says: new RegExp(
      `(?<!\\p{L})${SENDER}(?: [\\p{L}'<>-]+){0,6}? (?:anmeldung|benutzer|konto|compte|utilisateur|cuenta|usuario|utente|conta|usuário|gebruiker|użytkownik\\p{L}*|konta)(?: [\\p{L}-]+){0,3}? (?:${NO})|(?<!\\p{L})${SENDER}(?: [\\p{L}'<>-]+){0,3}? nicht für dies\\p{L}+ (?:anmeldung|benutzer|konto)`,
      'u',
    ),
  },
  {
    reason: 'sender-rejected',
    says: new RegExp(`(?<!\\p{L})${SENDER}(?: [\\p{L}'<>-]+){0,3}?[ :,]+(?:${NO})`, 'u'),
  },
  {
    reason: 'temporary-failure',
    stages: ['rcpt', 'data', 'message'],
    says: /(?:speicher\p{L}*|postfach|mailbox)(?: \p{L}+){0,3} (?:(?:ü|ue)berschritten|voll|erschöpft)|(?:boîte|boite|quota)(?: [\p{L}']+){0,4} (?:pleine|saturée?|dépassé)|(?:buzón|buzon|casilla|cuota)(?: \p{L}+){0,4} (?:llen[oa]|excedid[oa]|superada)|(?:casella|quota)(?: \p{L}+){0,4} (?:pien[oa]|superata|esaurita)|(?:caixa|cota)(?: \p{L}+){0,4} (?:chei[oa]|excedid[oa])|(?:ящик|квот)\p{L}*.{0,20}(?:переполн|превыш)/u,
  },
  {
    reason: 'greylisted',
    says: /(?:graue liste|liste grise|lista gris|lista grigia|lista cinza|szara lista|греилист|сер(?:ый|ом) спис)/u,
  },
  {
    reason: 'client-blocked',
    says: /(?:schwarze[rn]? liste|liste noire|lista nera|lista negra|zwarte lijst|czarn\p{L}+ li[sś]\p{L}+|черн\p{L}+ спис|чёрн\p{L}+ спис|ブラックリスト|黑名单|黑名單)|(?:gesperrt|bloquée?|bloqueada|bloccat[oa]|geblokkeerd|zablokowan[ya]|заблокирован).{0,40}(?:\bip\b|adresse|dirección|indirizzo|adres)|(?:\bip\b|ip-adresse|adresse ip|dirección ip|indirizzo ip).{0,40}(?:gesperrt|bloquée?|bloquead[oa]|bloccat[oa]|geblokkeerd|zablokowan|заблокирован)/u,
  },
  {
    reason: 'unknown-recipient',
    stages: ['rcpt', 'data', 'message'],
    says: /(?<!\p{L})(?:empfänger|benutzer|postfach|mailbox|adresse|konto)\p{L}*(?: \p{L}+){0,4}? (?:unbekannt|existiert nicht|nicht (?:gefunden|bekannt|vorhanden)|ungültig)|unbekannter? (?:empfänger|benutzer)|(?:utilisateur|destinataire|boîte|boite|adresse|compte)(?: [\p{L}']+){0,5} (?:inconnue?|n'existe pas|invalide|introuvable)|(?:usuario|destinatario|buzón|buzon|cuenta|direcci[oó]n)(?: \p{L}+){0,4} (?:desconocid[oa]|no existe|no encontrad[oa]|inexistente|inválid[oa])|no existe (?:\p{L}+ ){0,3}(?:usuario|persona|buzón|cuenta|dirección|destinatario)|(?:utente|destin(?:atario)?\.?|casella|indirizzo)(?: \p{L}+){0,4} (?:sconosciut[oa]|inesistente|non (?:esiste|trovat[oa]|valid[oa])|non esistente)|(?:non esiste|nessun) (?:\p{L}+ ){0,2}(?:utente|casella|destinatario|indirizzo)|(?:usuário|destinatário|caixa|conta|endereço)(?: \p{L}+){0,4} (?:desconhecid[oa]|não existe|inexistente|inválid[oa]|não encontrad[oa])|(?:gebruiker|ontvanger|mailbox|postbus|adres)(?: \p{L}+){0,3} (?:onbekend|bestaat niet|niet gevonden)|onbekende (?:gebruiker|ontvanger)|(?:użytkownik|odbiorca|skrzynka|adres|konto)(?: \p{L}+){0,3} (?:nieznany|nie istnieje|nieznana|nieistniejący)|nie (?:ma|istnieje) (?:takiego|taki) (?:użytkownika?|odbiorcy|adresu?|konta)|(?:пользовател|получател|адрес|ящик)\p{L}*.{0,30}(?:не найден|не существ|неизвест)|(?:неизвестн|несуществующ|нет так)\p{L}*.{0,20}(?:пользовател|получател|адрес|ящик)|(?:ユーザ|宛先|受信者|メールアドレス).{0,20}(?:存在し|不明|見つか)|(?:用户|用戶|收件人|邮箱|信箱|地址).{0,10}(?:不存在|未找到|无效|未知|找不到)/u,
  },
];
