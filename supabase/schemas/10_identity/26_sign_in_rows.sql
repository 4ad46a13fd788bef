select private.define_setting(
  'identity.blocks_disposable_mail', 'boolean', 'true', 'Nobody signs up with an address of a throw-away mailbox'
);
select private.define_setting(
  'identity.sign_up_domains', 'json', '[]',
  'Domains of the addresses with which people may sign up; all of them when the list is empty', maximum := 10000
);
select private.define_setting(
  'identity.lockout_attempts', 'integer', '10', 'So many wrong passwords lock an account for passwords',
  minimum := 3, maximum := 1000
);
select private.define_setting(
  'identity.lockout_minutes', 'integer', '15', 'How long wrong passwords are counted together, and how long the lock holds',
  minimum := 1, maximum := 1440
);

insert into private.blocked_mail_domains (domain)
select unnest(string_to_array(btrim(regexp_replace($$
  0-mail.com 10minutemail.com 10minutemail.net 10minutesmail.com 1secmail.com 1secmail.net 1secmail.org 20minutemail.com
  33mail.com anonbox.net anonymbox.com binkmail.com bobmail.info burnermail.io byom.de chammy.info cock.li courriel.fr.nf
  crazymailing.com deadaddress.com despam.it devnullmail.com discard.email discardmail.com discardmail.de dispostable.com
  dodgit.com drdrb.com dropmail.me e4ward.com easytrashmail.com einrot.com email-fake.com emailfake.com emailondeck.com
  emailsensei.com emailtemporario.com.br emltmp.com eyepaste.com fakeinbox.com fakemail.net fakemailgenerator.com
  fastacura.com filzmail.com fixmail.tk freemail.ms generator.email getairmail.com getnada.com gishpuppy.com
  grr.la guerrillamail.biz guerrillamail.com guerrillamail.de guerrillamail.info guerrillamail.net guerrillamail.org
  guerrillamailblock.com harakirimail.com hidemail.de incognitomail.com inboxalias.com inboxbear.com inboxkitten.com
  jetable.com jetable.net jetable.org jourrapide.com kasmail.com kurzepost.de linshiyouxiang.net mail-temp.com mail-temporaire.fr
  mail.tm mailcatch.com maildrop.cc mailexpire.com mailforspam.com mailimate.com mailinator.com mailinator.net mailinator.org
  mailinator2.com mailmetrash.com mailmoat.com mailnator.com mailnesia.com mailnull.com mailpoof.com mailsac.com mailscrap.com
  mailtothis.com mailtemp.info mailzilla.com meltmail.com mintemail.com minutemail.io mohmal.com moakt.com moakt.ws mt2014.com
  mytemp.email mytempemail.com mytrashmail.com nada.email nospam.ze.tc nowmymail.com objectmail.com one-time.email
  pokemail.net proxymail.eu putthisinyourspamdatabase.com quickinbox.com rcpt.at receiveee.com rhyta.com sharklasers.com
  shieldedmail.com sogetthis.com spam4.me spamavert.com spambog.com spambox.us spamcero.com spamex.com spamfree24.org
  spamgourmet.com spamhole.com spamspot.com superrito.com suremail.info teleworm.us temp-mail.io temp-mail.org temp-mail.ru
  tempail.com tempemail.co tempemail.net tempinbox.com tempmail.com tempmail.de tempmail.dev tempmail.net tempmail.plus
  tempmailaddress.com tempmailo.com tempomail.fr temporarymail.com tempr.email thankyou2010.com throwam.com
  throwawaymail.com tmail.ws tmailinator.com tmpmail.net tmpmail.org tradermail.info trash-mail.com trash-mail.de trashmail.at
  trashmail.com trashmail.de trashmail.io trashmail.me trashmail.net trashmail.org trashymail.com trbvm.com wegwerfemail.de
  wegwerfmail.de wegwerfmail.net wegwerfmail.org yopmail.com yopmail.fr yopmail.net zippymail.info zoemail.org
$$, '\s+', ' ', 'g')), ' '));
